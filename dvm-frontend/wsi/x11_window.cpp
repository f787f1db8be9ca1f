// Asks the X server about a window.
#include "wsi/x11_window.h"

#include "wsi/x11_canvas.h"

namespace vgpu::wsi {
namespace {

constexpr std::uint32_t kMaxWindowSide = 32767;

}  // namespace

VkResult X11Window::look(WindowLook& look) {
    VkExtent2D extent{};
    VisualLook visual;
    if (const VkResult result = ask(extent, visual); result != VK_SUCCESS) return result;
    look = {};
    look.extent = extent;
    if (visual.layout != PixelLayout::Unknown) look.layouts = {visual.layout};
    look.composite_alpha = VK_COMPOSITE_ALPHA_INHERIT_BIT_KHR |
                           (visual.has_alpha ? VK_COMPOSITE_ALPHA_PRE_MULTIPLIED_BIT_KHR
                                             : VK_COMPOSITE_ALPHA_OPAQUE_BIT_KHR);
    return VK_SUCCESS;
}

VkResult X11Window::ask(VkExtent2D& extent, VisualLook& visual) {
    if (x11_.xcb_connection_has_error(connection_)) return VK_ERROR_SURFACE_LOST_KHR;
    const auto geometry_cookie = x11_.xcb_get_geometry(connection_, window_);
    const auto attributes_cookie = x11_.xcb_get_window_attributes(connection_, window_);
    xcb_generic_error_t* errors[2] = {};
    const XcbPtr<xcb_get_geometry_reply_t> geometry(
        x11_.xcb_get_geometry_reply(connection_, geometry_cookie, &errors[0]));
    const XcbPtr<xcb_get_window_attributes_reply_t> attributes(
        x11_.xcb_get_window_attributes_reply(connection_, attributes_cookie, &errors[1]));
    const XcbPtr<xcb_generic_error_t> freed[] = {XcbPtr<xcb_generic_error_t>(errors[0]),
                                                 XcbPtr<xcb_generic_error_t>(errors[1])};
    if (!geometry || !attributes) return VK_ERROR_SURFACE_LOST_KHR;
    extent = {geometry->width, geometry->height};
    visual = look_at_visual(x11_, connection_, attributes->visual);
    return VK_SUCCESS;
}

VkResult X11Window::make_canvas(const CanvasOrder& order, std::unique_ptr<Canvas>& canvas) {
    const VkExtent2D extent = order.extent;
    // X has 16 signed bits for a coordinate.
    if (extent.width > kMaxWindowSide || extent.height > kMaxWindowSide) {
        return VK_ERROR_INITIALIZATION_FAILED;
    }
    VkExtent2D window_extent{};
    VisualLook visual;
    if (const VkResult result = ask(window_extent, visual); result != VK_SUCCESS) return result;
    if (visual.layout == PixelLayout::Unknown) return VK_ERROR_INITIALIZATION_FAILED;
    const PutTarget target{&x11_, connection_, window_, 0, visual.depth, extent};
    return X11Canvas::make(target, window_extent, options_, order.frames, canvas);
}

}  // namespace vgpu::wsi
