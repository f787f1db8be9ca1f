// Tells what a Wayland surface takes.
#include "wsi/wayland_window.h"

#include "wsi/wayland_canvas.h"

namespace vgpu::wsi {
namespace {

// A compositor shows whole commits at its own pace: there is nothing that IMMEDIATE could tear.
// In the order of other drivers.
constexpr VkPresentModeKHR kModes[] = {VK_PRESENT_MODE_MAILBOX_KHR, VK_PRESENT_MODE_FIFO_KHR};

// One is on the screen, one is on its way there, one waits here and one is drawn.
constexpr std::uint32_t kMinWaylandImages = 4;

}  // namespace

std::span<const VkPresentModeKHR> WaylandWindow::present_modes() const {
    return kModes;
}

VkResult WaylandWindow::look(WindowLook& look) {
    const std::lock_guard lock(lock_);
    if (wayland_.wl_display_get_error(display_) != 0) return VK_ERROR_SURFACE_LOST_KHR;
    if (layouts_.empty()) {
        const auto connection = WaylandConnection::open(wayland_, display_);
        if (!connection) return VK_ERROR_SURFACE_LOST_KHR;
        layouts_ = connection->layouts();
    }
    look = {};
    look.layouts = layouts_;
    look.composite_alpha =
        VK_COMPOSITE_ALPHA_OPAQUE_BIT_KHR | VK_COMPOSITE_ALPHA_PRE_MULTIPLIED_BIT_KHR;
    look.min_images = kMinWaylandImages;
    return VK_SUCCESS;
}

VkResult WaylandWindow::make_canvas(const CanvasOrder& order, std::unique_ptr<Canvas>& canvas) {
    auto connection = WaylandConnection::open(wayland_, display_);
    if (!connection) return VK_ERROR_SURFACE_LOST_KHR;
    return WaylandCanvas::make(std::move(connection), surface_, options_, order, canvas);
}

}  // namespace vgpu::wsi
