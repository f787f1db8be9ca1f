// The brief part of every wait: a look that is repeated while blocking would cost more.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace vgpu {

// How long waits of one kind look before they block. Learns two things. Where waits are over within
// the time that a sleep and a wake-up cost, it looks for that long; where they are long, it soon
// gives up. And where other programs want the processors, so that offering ours costs milliseconds,
// it offers it no more, but blocks: who is woken comes before those who work on. Any thread: an
// update that is lost costs some microseconds.
class SpinBudget {
  public:
    using Time = std::chrono::nanoseconds;
    // Going to sleep and being woken on another processor takes about so long.
    static constexpr Time kMost = std::chrono::microseconds(50);
    static constexpr Time kLeast = std::chrono::microseconds(3);

  private:
    friend class Spin;
    Time time() const { return Time(time_.load(std::memory_order_relaxed)); }
    void learn(Time took);
    // Whether this wait should rather not offer its processor to others.
    bool crowded();
    void offered(Time slowest);

    std::atomic<Time::rep> time_{Time(kMost).count()};
    std::atomic<std::uint32_t> left_{0};     // waits that block at once, still
    std::atomic<std::uint32_t> penalty_{0};  // how many those were at the last crowd
};

// One wait; lives until it is over, so that the budget learns how long it was.
class Spin {
  public:
    explicit Spin(SpinBudget& budget) : budget_(budget) {}
    ~Spin() {
        if (began_ != Clock::time_point()) budget_.learn(Clock::now() - began_);
    }
    Spin(const Spin&) = delete;
    Spin& operator=(const Spin&) = delete;

    // True as soon as done() is; false when it is time to block. What is waited for may need this
    // very processor: so it is offered between two looks.
    template <typename Done>
    bool until(const Done& done) {
        return until([](const void* look) { return (*static_cast<const Done*>(look))(); }, &done);
    }

  private:
    using Clock = std::chrono::steady_clock;
    using Look = bool (*)(const void*);
    bool until(Look look, const void* done);

    SpinBudget& budget_;
    Clock::time_point began_;
};

}  // namespace vgpu
