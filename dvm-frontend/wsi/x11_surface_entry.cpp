// Makes surfaces of X windows; the only file that knows Xlib's types.
#include <X11/Xlib.h>
#include <xcb/xcb.h>

#include <vulkan/vulkan.h>
#include <vulkan/vulkan_xcb.h>
#include <vulkan/vulkan_xlib.h>

#include "wsi/guarded.h"
#include "wsi/surface_entry.h"
#include "wsi/x11_visual.h"
#include "wsi/x11_window.h"

namespace vgpu::wsi {
namespace {

VkResult create_x11_surface(Platform& platform, xcb_connection_t* connection, xcb_window_t window,
                            Surface** surface) {
    *surface = new Surface(
        std::make_unique<X11Window>(*platform.x11(), platform.options(), connection, window));
    return VK_SUCCESS;
}

}  // namespace

VkResult create_xcb_surface(Platform& platform, const VkXcbSurfaceCreateInfoKHR& info,
                            Surface** surface) {
    return guarded([&] {
        if (platform.x11() == nullptr) return VK_ERROR_INITIALIZATION_FAILED;
        return create_x11_surface(platform, info.connection, info.window, surface);
    });
}

VkResult create_xlib_surface(Platform& platform, const VkXlibSurfaceCreateInfoKHR& info,
                             Surface** surface) {
    return guarded([&] {
        const X11Library* x11 = platform.x11();
        if (x11 == nullptr || !x11->has_xlib()) return VK_ERROR_INITIALIZATION_FAILED;
        return create_x11_surface(platform, x11->XGetXCBConnection(info.dpy),
                                  static_cast<xcb_window_t>(info.window), surface);
    });
}

VkBool32 get_xcb_presentation_support(Platform& platform, const PhysicalDriver& driver,
                                      std::uint32_t queue_family, xcb_connection_t* connection,
                                      std::uint32_t visual) {
    bool supported = false;
    const VkResult result = guarded([&] {
        const X11Library* x11 = platform.x11();
        supported = x11 != nullptr && can_copy(driver, queue_family) &&
                    look_at_visual(*x11, connection, visual).layout != PixelLayout::Unknown;
        return VK_SUCCESS;
    });
    return result == VK_SUCCESS && supported;
}

VkBool32 get_xlib_presentation_support(Platform& platform, const PhysicalDriver& driver,
                                       std::uint32_t queue_family, _XDisplay* display,
                                       unsigned long visual) {
    const X11Library* x11 = nullptr;
    const VkResult result = guarded([&] {
        x11 = platform.x11();
        return VK_SUCCESS;
    });
    if (result != VK_SUCCESS || x11 == nullptr || !x11->has_xlib()) return VK_FALSE;
    return get_xcb_presentation_support(platform, driver, queue_family,
                                        x11->XGetXCBConnection(display),
                                        static_cast<std::uint32_t>(visual));
}

}  // namespace vgpu::wsi
