// epoll, and a list of times.
#include "daemon/event_loop.h"

#include <sys/epoll.h>

#include <algorithm>
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
    event.data.u64 = (std::uint64_t{++last_serial_} << 32) | static_cast<std::uint32_t>(fd);
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) {
        throw SetupError(
            std::string("A descriptor cannot be watched: ") + std::strerror(errno) + ".",
            "Raise /proc/sys/fs/epoll/max_user_watches.");
    }
    readable_[fd] = {last_serial_, std::make_shared<std::function<void()>>(std::move(readable))};
}

void EventLoop::remove(int fd) {
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
    readable_.erase(fd);
}

EventLoop::TimerId EventLoop::call_at(Clock::time_point time, std::function<void()> due) {
    timers_.emplace(time, std::pair(++last_timer_, std::move(due)));
    return last_timer_;
}

void EventLoop::cancel(TimerId timer) {
    std::erase_if(timers_, [&](const auto& entry) { return entry.second.first == timer; });
}

int EventLoop::milliseconds_to_wait(std::optional<std::chrono::milliseconds> timeout) const {
    if (!timers_.empty()) {
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(timers_.begin()->first - Clock::now());
        timeout = std::max(std::min(timeout.value_or(left), left), left.zero());
    }
    if (!timeout) return -1;
    return static_cast<int>(std::min<long long>(timeout->count(), 1 << 30));
}

// Those that are added meanwhile are the next turn's, so that descriptors are heard between.
void EventLoop::call_due(Clock::time_point now) {
    const TimerId last = last_timer_;
    for (;;) {
        const auto due = std::find_if(timers_.begin(), timers_.end(), [&](const auto& entry) {
            return entry.first > now || entry.second.first <= last;
        });
        if (due == timers_.end() || due->first > now) return;
        const std::function<void()> function = std::move(due->second.second);
        timers_.erase(due);
        function();
    }
}

void EventLoop::run_once(std::optional<std::chrono::milliseconds> timeout) {
    std::array<epoll_event, 32> events;
    const int count =
        ::epoll_wait(epoll_.get(), events.data(), events.size(), milliseconds_to_wait(timeout));
    for (int i = 0; i < count; ++i) {
        const std::uint64_t name = events[i].data.u64;
        const auto found = readable_.find(static_cast<int>(name & UINT32_MAX));
        if (found == readable_.end() || found->second.serial != name >> 32) continue;
        const auto function = found->second.function;
        (*function)();
    }
    call_due(Clock::now());
}

}  // namespace vgpu::daemon
