// A bucket of lines that fills with time.
#include "daemon/log_limit.h"

#include <algorithm>
#include <utility>

namespace vgpu::daemon {

bool LogLimit::allow(Clock::time_point now) {
    const auto earned = (now - filled_) / period_;
    if (earned > 0) {
        left_ = static_cast<std::uint32_t>(std::min<std::int64_t>(left_ + earned, burst_));
        filled_ = now;
    }
    if (left_ == 0) {
        ++held_back_;
        return false;
    }
    --left_;
    return true;
}

std::uint64_t LogLimit::take_held_back() {
    return std::exchange(held_back_, 0);
}

}  // namespace vgpu::daemon
