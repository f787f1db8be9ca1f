// The supervisor's one wait.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "base/unique_fd.h"

namespace vgpu::daemon {

// Calls a function when its descriptor is readable, or when its time has come. One thread. A
// function may add and remove any descriptor and timer, its own too, and must cope with being
// called when there is nothing to read.
class EventLoop {
  public:
    using Clock = std::chrono::steady_clock;
    using TimerId = std::uint64_t;  // never 0

    EventLoop();

    void add(int fd, std::function<void()> readable);
    void remove(int fd);
    // Calls `due` once, at `time` or soon after; a time that is over is the next turn's.
    TimerId call_at(Clock::time_point time, std::function<void()> due);
    // Nothing for one that was called or never was.
    void cancel(TimerId timer);
    // Sleeps until something is readable, a timer is due or `timeout` is over (never, when it is
    // empty), and calls what is to be called.
    void run_once(std::optional<std::chrono::milliseconds> timeout);

  private:
    using Timers = std::multimap<Clock::time_point, std::pair<TimerId, std::function<void()>>>;
    int milliseconds_to_wait(std::optional<std::chrono::milliseconds> timeout) const;
    void call_due(Clock::time_point now);

    struct Watched {
        // An event of this turn may be of a descriptor that is closed by now, and whose number is
        // another one's already: it must not call the other one's function.
        std::uint32_t serial = 0;
        // shared_ptr, because a function may remove itself while it runs.
        std::shared_ptr<std::function<void()>> function;
    };

    UniqueFd epoll_;
    std::map<int, Watched> readable_;
    std::uint32_t last_serial_ = 0;
    Timers timers_;
    TimerId last_timer_ = 0;
};

}  // namespace vgpu::daemon
