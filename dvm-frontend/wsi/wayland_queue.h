// An event queue of our own on the application's Wayland connection.
#pragma once

#include <chrono>
#include <optional>

#include "wsi/wayland_library.h"

namespace vgpu::wsi {

// Owned by the WaylandConnection. One thread reads and dispatches; requests may come from any. The
// objects that have this queue go before it.
class WaylandQueue {
  public:
    using Deadline = std::optional<std::chrono::steady_clock::time_point>;

    WaylandQueue(const WaylandLibrary& wayland, wl_display* display);
    WaylandQueue(const WaylandQueue&) = delete;
    WaylandQueue& operator=(const WaylandQueue&) = delete;
    ~WaylandQueue();

    // False where there is no memory for it.
    bool made() const { return queue_ != nullptr; }
    // Null where there is no memory for it.
    template <typename Object>
    WaylandWrapper wrap(Object* object) const {
        auto* wrapper = static_cast<wl_proxy*>(wayland_.wl_proxy_create_wrapper(object));
        if (wrapper != nullptr) wayland_.wl_proxy_set_queue(wrapper, queue_);
        return WaylandWrapper(wrapper, DestroyWaylandWrapper{&wayland_});
    }

    // False once the compositor has hung up or complained, of whomever.
    bool alive() const { return wayland_.wl_display_get_error(display_) == 0; }
    // Sends requests and waits until there may be events to dispatch, `wake_fd` (-1: none) is
    // readable or the deadline is over. False as alive(). Never waits for the compositor to read:
    // what it has not taken is sent when it has.
    bool read(int wake_fd, Deadline deadline);
    // Calls the listeners of what has arrived. False as alive().
    bool dispatch();
    // Sends what can be sent without waiting. True where nothing is left.
    bool flush();

  private:
    const WaylandLibrary& wayland_;
    wl_display* const display_;
    wl_event_queue* const queue_;
};

}  // namespace vgpu::wsi
