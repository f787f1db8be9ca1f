// The supervisor's one wait.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "base/unique_fd.h"

namespace vgpu::daemon {

// Calls a function when its descriptor is readable. One thread. A function may add and remove any
// descriptor, its own too, and must cope with being called when there is nothing to read.
class EventLoop {
  public:
    EventLoop();

    void add(int fd, std::function<void()> readable);
    void remove(int fd);
    // Sleeps until something is readable or `timeout` is over (never, when it is empty).
    void run_once(std::optional<std::chrono::milliseconds> timeout);

  private:
    UniqueFd epoll_;
    // shared_ptr, because a function may remove itself while it runs.
    std::map<int, std::shared_ptr<std::function<void()>>> readable_;
};

}  // namespace vgpu::daemon
