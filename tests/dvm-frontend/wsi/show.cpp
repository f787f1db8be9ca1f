// Acquires, paints, presents and looks at the window.
#include "show.h"

#include <vulkan/vulkan_xcb.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "tests/catch.h"
#include "wsi/surface_entry.h"

namespace vgpu::wsi::test {

SurfacePtr make_xcb_surface(Platform& platform, const XConnection& connection,
                            const XWindow& window) {
    VkXcbSurfaceCreateInfoKHR info{};
    info.sType = VK_STRUCTURE_TYPE_XCB_SURFACE_CREATE_INFO_KHR;
    info.connection = connection.get();
    info.window = window.id();
    Surface* surface = nullptr;
    REQUIRE(create_xcb_surface(platform, info, &surface) == VK_SUCCESS);
    return SurfacePtr(surface);
}

SurfacePtr make_headless_surface(Platform& platform) {
    Surface* surface = nullptr;
    REQUIRE(create_headless_surface(platform, {}, &surface) == VK_SUCCESS);
    return SurfacePtr(surface);
}

Options unpaced() {
    Options options;
    options.refresh_hz = 0;
    return options;
}

VkSwapchainCreateInfoKHR swapchain_info(Surface& surface, VkExtent2D extent) {
    VkSwapchainCreateInfoKHR info{};
    info.sType = VK_STRUCTURE_TYPE_SWAPCHAIN_CREATE_INFO_KHR;
    info.surface = to_handle<VkSurfaceKHR>(&surface);
    info.minImageCount = kMinImages;
    info.imageFormat = VK_FORMAT_B8G8R8A8_UNORM;
    info.imageColorSpace = VK_COLOR_SPACE_SRGB_NONLINEAR_KHR;
    info.imageExtent = extent;
    info.imageArrayLayers = 1;
    info.imageUsage = VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT;
    info.preTransform = VK_SURFACE_TRANSFORM_IDENTITY_BIT_KHR;
    info.compositeAlpha = VK_COMPOSITE_ALPHA_INHERIT_BIT_KHR;
    info.presentMode = VK_PRESENT_MODE_FIFO_KHR;
    return info;
}

Show::Show(LowerDriver& lower, Platform& platform, const VkSwapchainCreateInfoKHR& info)
    : lower_(lower), extent_(info.imageExtent), painter_(lower) {
    Swapchain* swapchain = nullptr;
    REQUIRE(create_swapchain(platform, lower.driver(), info, &swapchain) == VK_SUCCESS);
    swapchain_.reset(swapchain);
}

Show::~Show() {
    end();
}

void Show::end() {
    vkQueueWaitIdle(lower_.queue());
    swapchain_.reset();
}

VkImage Show::image(std::uint32_t index) {
    return swapchain_->images()[index].image();
}

VkResult Show::draw(std::uint32_t seed, std::uint32_t* index, VkSemaphore* painted) {
    const VkSemaphore acquired = painter_.make_semaphore();
    const VkResult result =
        acquire_next_image(*swapchain_, kTenSecondsNs, acquired, VK_NULL_HANDLE, index);
    if (result < 0) return result;
    REQUIRE((result == VK_SUCCESS || result == VK_SUBOPTIMAL_KHR));
    *painted = painter_.make_semaphore();
    painter_.paint(image(*index), extent_, seed, acquired, *painted);
    return result;
}

VkResult Show::present(std::uint32_t index, VkSemaphore painted, const void* next) {
    const VkSwapchainKHR swapchain = handle();
    VkPresentInfoKHR info{};
    info.sType = VK_STRUCTURE_TYPE_PRESENT_INFO_KHR;
    info.pNext = next;
    info.waitSemaphoreCount = 1;
    info.pWaitSemaphores = &painted;
    info.swapchainCount = 1;
    info.pSwapchains = &swapchain;
    info.pImageIndices = &index;
    return queue_present(lower_.queue(), lower_.queue_family(), info);
}

VkResult Show::show(std::uint32_t seed, const void* next) {
    std::uint32_t index = 0;
    VkSemaphore painted = VK_NULL_HANDLE;
    const VkResult drawn = draw(seed, &index, &painted);
    return drawn < 0 ? drawn : present(index, painted, next);
}

void check_shows(const XWindow& window, std::uint32_t seed, VkExtent2D extent, std::uint8_t depth) {
    const auto expected = pattern(seed, extent, depth == 32 ? 0xffffffff : 0xffffff);
    std::vector<std::uint32_t> seen;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (seen != expected && std::chrono::steady_clock::now() < deadline) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        seen = window.read(static_cast<std::uint16_t>(extent.width),
                           static_cast<std::uint16_t>(extent.height));
    }
    REQUIRE(seen.size() == expected.size());
    const auto wrong = std::mismatch(seen.begin(), seen.end(), expected.begin());
    INFO("first wrong pixel: " << wrong.first - seen.begin());
    REQUIRE(wrong.first == seen.end());
}

}  // namespace vgpu::wsi::test
