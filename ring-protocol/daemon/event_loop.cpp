// epoll.
#include "daemon/event_loop.h"

#include <sys/epoll.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/setup_error.h"

namespace vgpu::daemon {

EventLoop::EventLoop() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    if (!epoll_) {
        throw SetupError(std::string("epoll cannot be had: ") + std::strerror(errno) + ".",
                         "Raise the limit of open files.");
    }
}

void EventLoop::add(int fd, std::function<void()> readable) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) {
        throw SetupError(
            std::string("A descriptor cannot be watched: ") + std::strerror(errno) + ".",
            "Raise /proc/sys/fs/epoll/max_user_watches.");
    }
    readable_[fd] = std::make_shared<std::function<void()>>(std::move(readable));
}

void EventLoop::remove(int fd) {
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
    readable_.erase(fd);
}

void EventLoop::run_once(std::optional<std::chrono::milliseconds> timeout) {
    std::array<epoll_event, 32> events;
    const int wait = timeout ? static_cast<int>(timeout->count()) : -1;
    const int count = ::epoll_wait(epoll_.get(), events.data(), events.size(), wait);
    for (int i = 0; i < count; ++i) {
        const auto found = readable_.find(events[i].data.fd);
        if (found == readable_.end()) continue;
        const auto function = found->second;
        (*function)();
    }
}

}  // namespace vgpu::daemon
