// How often a domain may begin contexts: each costs this machine a process and the driver's start.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace vgpu::gpud {

// So many a minute, a quarter of them at once. Owned by a device, on the supervisor's one thread.
class OpenRate {
  public:
    using Clock = std::chrono::steady_clock;

    // False when it is too many; the first after those that were let through is `first`, for the
    // log.
    bool take(std::uint32_t per_minute, bool& first, Clock::time_point now = Clock::now()) {
        const double most = std::max(1.0, per_minute / 4.0);
        if (filled_ == Clock::time_point()) left_ = most;
        const double minutes = std::chrono::duration<double, std::ratio<60>>(now - filled_).count();
        if (filled_ != Clock::time_point()) left_ += minutes * per_minute;
        left_ = std::min(left_, most);
        filled_ = now;
        const bool allowed = left_ >= 1;
        if (allowed) left_ -= 1;
        first = !allowed && !refusing_;
        refusing_ = !allowed;
        return allowed;
    }

  private:
    double left_ = 0;
    Clock::time_point filled_{};
    bool refusing_ = false;
};

}  // namespace vgpu::gpud
