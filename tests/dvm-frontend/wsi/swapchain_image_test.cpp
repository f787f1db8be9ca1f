// Checks a swapchain's images: how many, of what kind, and bound to images of the application's.
#include "show.h"
#include "tests/catch.h"
#include "wsi/surface_entry.h"
#include "xvfb.h"

namespace vgpu::wsi::test {
namespace {

constexpr VkExtent2D kExtent{48, 20};

// An image of the application's own that shares the memory of a swapchain's.
VkImage make_alias(LowerDriver& lower, VkSwapchainKHR swapchain, std::uint32_t index) {
    VkImageSwapchainCreateInfoKHR named{};
    named.sType = VK_STRUCTURE_TYPE_IMAGE_SWAPCHAIN_CREATE_INFO_KHR;
    named.swapchain = swapchain;
    VkImageCreateInfo info{};
    info.sType = VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO;
    info.pNext = &named;
    const VkImageCreateInfo* instead = image_of_swapchain(info);
    REQUIRE(instead != nullptr);
    VkImage image = VK_NULL_HANDLE;
    REQUIRE(vkCreateImage(lower.device(), instead, nullptr, &image) == VK_SUCCESS);
    VkBindImageMemorySwapchainInfoKHR source{};
    source.sType = VK_STRUCTURE_TYPE_BIND_IMAGE_MEMORY_SWAPCHAIN_INFO_KHR;
    source.swapchain = swapchain;
    source.imageIndex = index;
    VkBindImageMemoryInfo bind{};
    bind.sType = VK_STRUCTURE_TYPE_BIND_IMAGE_MEMORY_INFO;
    bind.pNext = &source;
    bind.image = image;
    const auto memory = memory_of_swapchain(bind);
    REQUIRE(memory.has_value());
    REQUIRE(vkBindImageMemory(lower.device(), image, *memory, 0) == VK_SUCCESS);
    source.imageIndex = 1000;
    CHECK(memory_of_swapchain(bind) == VkDeviceMemory{VK_NULL_HANDLE});
    return image;
}

}  // namespace

TEST_CASE("a swapchain lists at least as many images as it was asked for") {
    LowerDriver lower;
    Platform platform(unpaced());
    const auto surface = make_headless_surface(platform);
    auto info = swapchain_info(*surface, kExtent);
    const auto asked = static_cast<std::uint32_t>(GENERATE(1, 3, 6));
    info.minImageCount = asked;
    Show show(lower, platform, info);
    std::uint32_t count = 0;
    REQUIRE(get_swapchain_images(show.swapchain(), &count, nullptr) == VK_SUCCESS);
    CHECK(count == std::max(asked, kMinImages));
    std::vector<VkImage> images(count);
    REQUIRE(get_swapchain_images(show.swapchain(), &count, images.data()) == VK_SUCCESS);
    for (std::uint32_t i = 0; i < count; ++i) CHECK(images[i] == show.image(i));
    count = 2;
    CHECK(get_swapchain_images(show.swapchain(), &count, images.data()) == VK_INCOMPLETE);
    CHECK(count == 2);
}

TEST_CASE("what is drawn into an image bound to a swapchain's memory is shown") {
    VGPU_REQUIRE_XVFB();
    LowerDriver lower;
    Platform platform(unpaced());
    XConnection connection(shared_xvfb()->display());
    XWindow window(connection, kExtent.width, kExtent.height);
    const auto surface = make_xcb_surface(platform, connection, window);
    VkImage alias = VK_NULL_HANDLE;
    {
        Show show(lower, platform, swapchain_info(*surface, kExtent));
        std::uint32_t index = 0;
        VkSemaphore painted = VK_NULL_HANDLE;
        REQUIRE(show.draw(1, &index, &painted) == VK_SUCCESS);
        alias = make_alias(lower, show.handle(), index);
        show.painter().paint(alias, kExtent, 2, VK_NULL_HANDLE, VK_NULL_HANDLE);
        REQUIRE(show.present(index, painted) == VK_SUCCESS);
        check_shows(window, 2, kExtent);
        vkQueueWaitIdle(lower.queue());
        vkDestroyImage(lower.device(), alias, nullptr);
    }
}

TEST_CASE("structures that name no swapchain are left alone") {
    VkImageSwapchainCreateInfoKHR nobody{};
    nobody.sType = VK_STRUCTURE_TYPE_IMAGE_SWAPCHAIN_CREATE_INFO_KHR;
    VkImageCreateInfo info{};
    CHECK(image_of_swapchain(info) == nullptr);
    info.pNext = &nobody;
    CHECK(image_of_swapchain(info) == nullptr);
    CHECK_FALSE(memory_of_swapchain(VkBindImageMemoryInfo{}).has_value());
}

TEST_CASE("a swapchain of mutable format has views of the formats that were listed") {
    LowerDriver lower;
    Platform platform(unpaced());
    const auto surface = make_headless_surface(platform);
    const VkFormat formats[] = {VK_FORMAT_B8G8R8A8_UNORM, VK_FORMAT_B8G8R8A8_SRGB};
    VkImageFormatListCreateInfo list{};
    list.sType = VK_STRUCTURE_TYPE_IMAGE_FORMAT_LIST_CREATE_INFO;
    list.viewFormatCount = 2;
    list.pViewFormats = formats;
    auto info = swapchain_info(*surface, kExtent);
    info.flags = VK_SWAPCHAIN_CREATE_MUTABLE_FORMAT_BIT_KHR;
    info.pNext = &list;
    Show show(lower, platform, info);
    CHECK((show.swapchain().recipe().create_info().flags & VK_IMAGE_CREATE_MUTABLE_FORMAT_BIT));
    VkImageViewCreateInfo view_info{};
    view_info.sType = VK_STRUCTURE_TYPE_IMAGE_VIEW_CREATE_INFO;
    view_info.image = show.image(0);
    view_info.viewType = VK_IMAGE_VIEW_TYPE_2D;
    view_info.subresourceRange = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1};
    for (const VkFormat format : formats) {
        view_info.format = format;
        VkImageView view = VK_NULL_HANDLE;
        CHECK(vkCreateImageView(lower.device(), &view_info, nullptr, &view) == VK_SUCCESS);
        vkDestroyImageView(lower.device(), view, nullptr);
    }
}

TEST_CASE("what a swapchain cannot be is refused") {
    LowerDriver lower;
    Platform platform(unpaced());
    const auto surface = make_headless_surface(platform);
    auto info = swapchain_info(*surface, kExtent);
    SECTION("no pixels") {
        info.imageExtent.height = 0;
    }
    SECTION("a format with larger pixels") {
        info.imageFormat = VK_FORMAT_R16G16B16A16_SFLOAT;
    }
    SECTION("two layers") {
        info.imageArrayLayers = 2;
    }
    SECTION("a shared present mode") {
        info.presentMode = VK_PRESENT_MODE_SHARED_DEMAND_REFRESH_KHR;
    }
    Swapchain* swapchain = nullptr;
    CHECK(create_swapchain(platform, lower.driver(), info, &swapchain) ==
          VK_ERROR_INITIALIZATION_FAILED);
    CHECK(swapchain == nullptr);
}

TEST_CASE("a swapchain that finds no memory is refused and leaves nothing behind") {
    LowerDriver lower;
    Platform platform(unpaced());
    const auto surface = make_headless_surface(platform);
    lower.driver().AllocateMemory = [](VkDevice, const VkMemoryAllocateInfo*,
                                       const VkAllocationCallbacks*,
                                       VkDeviceMemory*) { return VK_ERROR_OUT_OF_DEVICE_MEMORY; };
    Swapchain* swapchain = nullptr;
    CHECK(create_swapchain(platform, lower.driver(), swapchain_info(*surface, kExtent),
                           &swapchain) == VK_ERROR_OUT_OF_DEVICE_MEMORY);
}

TEST_CASE("a device group is one device that presents its own images") {
    VkDeviceGroupPresentCapabilitiesKHR capabilities{};
    REQUIRE(get_device_group_present_capabilities(&capabilities) == VK_SUCCESS);
    CHECK(capabilities.presentMask[0] == 1);
    CHECK(capabilities.presentMask[1] == 0);
    VkDeviceGroupPresentModeFlagsKHR modes = 0;
    REQUIRE(get_device_group_surface_present_modes(&modes) == VK_SUCCESS);
    CHECK(modes == VK_DEVICE_GROUP_PRESENT_MODE_LOCAL_BIT_KHR);
}

}  // namespace vgpu::wsi::test
