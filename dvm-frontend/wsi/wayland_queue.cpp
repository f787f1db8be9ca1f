// Reads the connection as Wayland demands of several threads: announce, poll, read or cancel.
#include "wsi/wayland_queue.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>

namespace vgpu::wsi {
namespace {

using Clock = std::chrono::steady_clock;

// Rounded up, so that a wait does not end just before its deadline.
int milliseconds_until(WaylandQueue::Deadline deadline) {
    if (!deadline) return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*deadline - Clock::now());
    return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 1'000'000));
}

}  // namespace

WaylandQueue::WaylandQueue(const WaylandLibrary& wayland, wl_display* display)
    : wayland_(wayland), display_(display), queue_(wayland.wl_display_create_queue(display)) {}

WaylandQueue::~WaylandQueue() {
    if (queue_ != nullptr) wayland_.wl_event_queue_destroy(queue_);
}

bool WaylandQueue::read(int wake_fd, Deadline deadline) {
    // Not zero: there is something to dispatch already.
    if (wayland_.wl_display_prepare_read_queue(display_, queue_) != 0) return alive();
    const bool all_sent = flush();
    pollfd waits[] = {{wayland_.wl_display_get_fd(display_),
                       static_cast<short>(POLLIN | (all_sent ? 0 : POLLOUT)), 0},
                      {wake_fd, POLLIN, 0}};
    const int ready = poll(waits, 2, milliseconds_until(deadline));
    // Other threads that read wait for this one's decision: never keep them.
    if (ready > 0 && (waits[0].revents & ~POLLOUT) != 0) {
        wayland_.wl_display_read_events(display_);
    } else {
        wayland_.wl_display_cancel_read(display_);
    }
    return alive();
}

bool WaylandQueue::dispatch() {
    return wayland_.wl_display_dispatch_queue_pending(display_, queue_) >= 0;
}

bool WaylandQueue::flush() {
    return wayland_.wl_display_flush(display_) >= 0 || errno != EAGAIN;
}

}  // namespace vgpu::wsi
