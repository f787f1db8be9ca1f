// Keeps peers who lie without end from filling the log.
#pragma once

#include <chrono>
#include <cstdint>

namespace vgpu::daemon {

// Lets `burst` lines through, and then one a `period`. One thread.
class LogLimit {
  public:
    using Clock = std::chrono::steady_clock;
    LogLimit(std::uint32_t burst, std::chrono::milliseconds period)
        : burst_(burst), period_(period), left_(burst) {}

    bool allow(Clock::time_point now = Clock::now());
    // Lines that were held back since the last call.
    std::uint64_t take_held_back();

  private:
    const std::uint32_t burst_;
    const std::chrono::milliseconds period_;
    std::uint32_t left_;
    Clock::time_point filled_{};
    std::uint64_t held_back_ = 0;
};

}  // namespace vgpu::daemon
