// Hears of a window's new size without asking and without touching the application's event mask.
#pragma once

#include <optional>

#include "wsi/driver.h"
#include "wsi/x11_library.h"

namespace vgpu::wsi {

// Listens through the Present extension, whose events come by a queue of their own; deaf where the
// X server has none. Owned by the X11Canvas; calls are serialised by it.
class X11ResizeWatch {
  public:
    X11ResizeWatch(const X11Library& x11, xcb_connection_t* connection, xcb_window_t window);
    X11ResizeWatch(const X11ResizeWatch&) = delete;
    X11ResizeWatch& operator=(const X11ResizeWatch&) = delete;
    ~X11ResizeWatch();

    struct News {
        std::optional<VkExtent2D> extent;  // the latest, if there was any
        std::uint32_t sequence = 0;        // of the last request that the server had served by then
        bool destroyed = false;
    };
    // What has arrived since the last call. Never waits.
    News poll();

  private:
    void listen(std::uint32_t events);

    const X11Library& x11_;
    xcb_connection_t* const connection_;
    const xcb_window_t window_;
    xcb_present_event_t id_ = 0;
    xcb_special_event_t* queue_ = nullptr;
};

}  // namespace vgpu::wsi
