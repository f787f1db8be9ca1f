// The window of a Wayland surface.
#pragma once

#include <mutex>

#include "wsi/wayland_connection.h"
#include "wsi/window.h"

namespace vgpu::wsi {

// Uses the application's connection by an event queue of its own.
class WaylandWindow final : public Window {
  public:
    // Makes no request.
    WaylandWindow(const WaylandLibrary& wayland, const Options& options, wl_display* display,
                  wl_surface* surface)
        : wayland_(wayland), options_(options), display_(display), surface_(surface) {}

    VkResult look(WindowLook& look) override;
    bool wants_pixels() const override { return true; }
    std::span<const VkPresentModeKHR> present_modes() const override;
    VkResult make_canvas(const CanvasOrder& order, std::unique_ptr<Canvas>& canvas) override;

  private:
    const WaylandLibrary& wayland_;
    const Options options_;
    wl_display* const display_;
    wl_surface* const surface_;

    std::mutex lock_;
    std::vector<PixelLayout> layouts_;  // asked for once; empty: not yet
};

}  // namespace vgpu::wsi
