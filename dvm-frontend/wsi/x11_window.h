// The window of an xcb or Xlib surface.
#pragma once

#include "wsi/window.h"
#include "wsi/x11_library.h"
#include "wsi/x11_visual.h"

namespace vgpu::wsi {

// Uses the application's connection, with checked requests only: an X error ends in a VkResult,
// never in the application's error handler.
class X11Window final : public Window {
  public:
    // Makes no request: the window may not exist yet, or no longer.
    X11Window(const X11Library& x11, const Options& options, xcb_connection_t* connection,
              xcb_window_t window)
        : x11_(x11), options_(options), connection_(connection), window_(window) {}

    VkResult look(WindowLook& look) override;
    bool wants_pixels() const override { return true; }
    std::span<const VkPresentModeKHR> present_modes() const override { return kAllPresentModes; }
    VkResult make_canvas(const CanvasOrder& order, std::unique_ptr<Canvas>& canvas) override;

  private:
    // One round trip.
    VkResult ask(VkExtent2D& extent, VisualLook& visual);

    const X11Library& x11_;
    const Options options_;
    xcb_connection_t* const connection_;
    const xcb_window_t window_;
};

}  // namespace vgpu::wsi
