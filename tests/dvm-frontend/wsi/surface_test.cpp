// Compares what surfaces say about themselves with what the driver's own window system says.
#include <xcb/xcb.h>

#include <vulkan/vulkan.h>
#include <vulkan/vulkan_xcb.h>

#include <cstring>

#include "show.h"
#include "tests/catch.h"
#include "wsi/surface_entry.h"
#include "xvfb.h"

namespace vgpu::wsi::test {
namespace {

// A surface of the lower driver's; null where its loader knows no xcb.
class NativeSurface {
  public:
    NativeSurface(LowerDriver& lower, const XConnection& connection, const XWindow& window)
        : lower_(lower) {
        const auto create = reinterpret_cast<PFN_vkCreateXcbSurfaceKHR>(
            vkGetInstanceProcAddr(lower.instance(), "vkCreateXcbSurfaceKHR"));
        if (create == nullptr) return;
        const VkXcbSurfaceCreateInfoKHR info{VK_STRUCTURE_TYPE_XCB_SURFACE_CREATE_INFO_KHR, nullptr,
                                             0, connection.get(), window.id()};
        REQUIRE(create(lower.instance(), &info, nullptr, &surface_) == VK_SUCCESS);
    }
    ~NativeSurface() { vkDestroySurfaceKHR(lower_.instance(), surface_, nullptr); }
    VkSurfaceKHR get() const { return surface_; }

  private:
    LowerDriver& lower_;
    VkSurfaceKHR surface_ = VK_NULL_HANDLE;
};

bool same(VkExtent2D a, VkExtent2D b) {
    return a.width == b.width && a.height == b.height;
}

void compare_capabilities(const VkSurfaceCapabilitiesKHR& ours,
                          const VkSurfaceCapabilitiesKHR& native) {
    CHECK(ours.minImageCount == native.minImageCount);
    CHECK(ours.maxImageCount == native.maxImageCount);
    CHECK(same(ours.currentExtent, native.currentExtent));
    CHECK(same(ours.minImageExtent, native.minImageExtent));
    CHECK(same(ours.maxImageExtent, native.maxImageExtent));
    CHECK(ours.maxImageArrayLayers == native.maxImageArrayLayers);
    CHECK(ours.supportedTransforms == native.supportedTransforms);
    CHECK(ours.currentTransform == native.currentTransform);
    CHECK(ours.supportedCompositeAlpha == native.supportedCompositeAlpha);
    // Newer drivers add usages of extensions.
    CHECK((ours.supportedUsageFlags & ~native.supportedUsageFlags) == 0);
    CHECK((native.supportedUsageFlags & ~ours.supportedUsageFlags & 0xff) == 0);
}

}  // namespace

TEST_CASE("a surface says what the driver's own window system says of the same window") {
    VGPU_REQUIRE_XVFB();
    const auto depth = static_cast<std::uint8_t>(GENERATE(24, 32));
    LowerDriver lower;
    Platform platform(unpaced());
    XConnection connection(shared_xvfb()->display());
    XWindow window(connection, 123, 45, depth);
    const auto surface = make_xcb_surface(platform, connection, window);
    const NativeSurface native(lower, connection, window);
    if (native.get() == VK_NULL_HANDLE) {
        WARN("Skipped: this Vulkan loader makes no xcb surfaces to compare with.");
        return;
    }
    VkSurfaceCapabilitiesKHR ours{}, theirs{};
    REQUIRE(get_surface_capabilities(lower.driver(), *surface, &ours) == VK_SUCCESS);
    REQUIRE(vkGetPhysicalDeviceSurfaceCapabilitiesKHR(lower.physical(), native.get(), &theirs) ==
            VK_SUCCESS);
    compare_capabilities(ours, theirs);

    VkSurfaceFormatKHR our_formats[16], their_formats[16];
    std::uint32_t our_count = 16, their_count = 16;
    REQUIRE(get_surface_formats(lower.driver(), *surface, &our_count, our_formats) == VK_SUCCESS);
    REQUIRE(vkGetPhysicalDeviceSurfaceFormatsKHR(lower.physical(), native.get(), &their_count,
                                                 their_formats) == VK_SUCCESS);
    REQUIRE(our_count == their_count);
    for (std::uint32_t i = 0; i < our_count; ++i) {
        CHECK(our_formats[i].format == their_formats[i].format);
        CHECK(our_formats[i].colorSpace == their_formats[i].colorSpace);
    }
    VkPresentModeKHR our_modes[8], their_modes[8];
    our_count = their_count = 8;
    REQUIRE(get_surface_present_modes(*surface, &our_count, our_modes) == VK_SUCCESS);
    REQUIRE(vkGetPhysicalDeviceSurfacePresentModesKHR(lower.physical(), native.get(), &their_count,
                                                      their_modes) == VK_SUCCESS);
    REQUIRE(our_count == their_count);
    CHECK(std::memcmp(our_modes, their_modes, our_count * sizeof *our_modes) == 0);
    VkBool32 supported = VK_FALSE;
    REQUIRE(get_surface_support(lower.driver(), 0, *surface, &supported) == VK_SUCCESS);
    CHECK(supported);
    REQUIRE(get_surface_support(lower.driver(), 77, *surface, &supported) == VK_SUCCESS);
    CHECK_FALSE(supported);
}

TEST_CASE("a handle points at a guest object") {
    LowerDriver lower;
    Platform platform(unpaced());
    const auto surface = make_headless_surface(platform);
    Show show(lower, platform, swapchain_info(*surface, {8, 8}));
    CHECK(static_cast<void*>(static_cast<wire::GuestObject*>(surface.get())) ==
          static_cast<void*>(surface.get()));
    CHECK(static_cast<void*>(static_cast<wire::GuestObject*>(&show.swapchain())) ==
          static_cast<void*>(&show.swapchain()));
}

TEST_CASE("a visual that images cannot be put into is not supported") {
    VGPU_REQUIRE_XVFB();
    LowerDriver lower;
    Platform platform(unpaced());
    XConnection connection(shared_xvfb()->display());
    CHECK(get_xcb_presentation_support(platform, lower.driver(), 0, connection.get(),
                                       connection.visual(24)));
    CHECK(get_xcb_presentation_support(platform, lower.driver(), 0, connection.get(),
                                       connection.visual(32)));
    CHECK_FALSE(get_xcb_presentation_support(platform, lower.driver(), 0, connection.get(), 0));
    CHECK_FALSE(get_xcb_presentation_support(platform, lower.driver(), 77, connection.get(),
                                             connection.visual(24)));
}

TEST_CASE("masks name the layouts that there are formats for") {
    CHECK(layout_of_masks(0xff0000, 0xff00, 0xff) == PixelLayout::Bgra8);
    CHECK(layout_of_masks(0xff, 0xff00, 0xff0000) == PixelLayout::Rgba8);
    CHECK(layout_of_masks(0x3ff00000, 0xffc00, 0x3ff) == PixelLayout::Rgb10);
    CHECK(layout_of_masks(0xf800, 0x7e0, 0x1f) == PixelLayout::Unknown);
}

TEST_CASE("a headless surface takes any extent and shows no window system") {
    LowerDriver lower;
    Platform platform(unpaced());
    const auto surface = make_headless_surface(platform);
    VkSurfaceProtectedCapabilitiesKHR guarded{};
    guarded.sType = VK_STRUCTURE_TYPE_SURFACE_PROTECTED_CAPABILITIES_KHR;
    guarded.supportsProtected = VK_TRUE;
    VkSurfaceCapabilities2KHR capabilities{};
    capabilities.sType = VK_STRUCTURE_TYPE_SURFACE_CAPABILITIES_2_KHR;
    capabilities.pNext = &guarded;
    VkPhysicalDeviceSurfaceInfo2KHR info{};
    info.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SURFACE_INFO_2_KHR;
    info.surface = to_handle<VkSurfaceKHR>(surface.get());
    REQUIRE(get_surface_capabilities2(lower.driver(), info, &capabilities) == VK_SUCCESS);
    CHECK(capabilities.surfaceCapabilities.currentExtent.width == 0xffffffff);
    CHECK(capabilities.surfaceCapabilities.minImageExtent.width == 1);
    CHECK(capabilities.surfaceCapabilities.maxImageExtent.width >= 4096);
    CHECK(guarded.supportsProtected == VK_FALSE);
    VkSurfaceFormat2KHR formats[2]{};
    std::uint32_t count = 1;
    CHECK(get_surface_formats2(lower.driver(), info, &count, formats) == VK_INCOMPLETE);
    CHECK(count == 1);
    CHECK(formats[0].surfaceFormat.format == VK_FORMAT_B8G8R8A8_SRGB);
    CHECK(formats[1].surfaceFormat.format == VK_FORMAT_UNDEFINED);
}

TEST_CASE("the window is the only present rectangle") {
    VGPU_REQUIRE_XVFB();
    Platform platform(unpaced());
    XConnection connection(shared_xvfb()->display());
    XWindow window(connection, 70, 30);
    const auto surface = make_xcb_surface(platform, connection, window);
    std::uint32_t count = 0;
    REQUIRE(get_present_rectangles(*surface, &count, nullptr) == VK_SUCCESS);
    REQUIRE(count == 1);
    VkRect2D rectangle{};
    REQUIRE(get_present_rectangles(*surface, &count, &rectangle) == VK_SUCCESS);
    CHECK(same(rectangle.extent, {70, 30}));
}

TEST_CASE("options come from the environment, and nonsense is left out") {
    setenv("VGPU_WSI_PUT", "request", 1);
    setenv("VGPU_WSI_REFRESH_HZ", "144", 1);
    CHECK(options_from_environment().best_put_way == PutWay::Request);
    CHECK(options_from_environment().refresh_hz == 144u);
    setenv("VGPU_WSI_PUT", "carrier pigeon", 1);
    setenv("VGPU_WSI_REFRESH_HZ", "60x", 1);
    CHECK(options_from_environment().best_put_way == PutWay::Pages);
    CHECK_FALSE(options_from_environment().refresh_hz.has_value());
    unsetenv("VGPU_WSI_PUT");
    unsetenv("VGPU_WSI_REFRESH_HZ");
}

}  // namespace vgpu::wsi::test
