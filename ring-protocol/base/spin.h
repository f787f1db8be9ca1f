// The brief part of every wait: a look that is repeated while blocking would cost more.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace vgpu {

// How long waits of one kind look before they block; learns it from what came of looking. Where
// what is waited for comes while we look, it looks for as long as a sleep and a wake-up cost. Where
// it does not come before we block, because it takes long or needs this very processor, it soon
// gives up, and tries a long look now and then. And where other programs want the processors, so
// that offering ours costs milliseconds, it blocks: who is woken comes before those who work on.
// Any thread: an update that is lost costs some microseconds.
class SpinBudget {
  public:
    using Time = std::chrono::nanoseconds;
    // Going to sleep and being woken on another processor takes about so long.
    static constexpr Time kMost = std::chrono::microseconds(50);
    static constexpr Time kLeast = std::chrono::microseconds(1);

    // What a wait does that learned that it looks in vain: many looks, for what often comes just
    // then, or few, for what mostly takes long.
    enum class InVain : std::uint8_t { Many, Few };
    explicit SpinBudget(InVain looks = InVain::Many) : in_vain_looks_(looks) {}

    // True as soon as done() is; false when it is time to block. What is waited for may need this
    // processor: so it is offered between two looks.
    template <typename Done>
    bool spin(const Done& done) {
        return spin([](const void* look) { return (*static_cast<const Done*>(look))(); }, &done);
    }

    // Lets others have the processor once, but where that takes long.
    void offer();

  private:
    using Clock = std::chrono::steady_clock;
    using Look = bool (*)(const void*);
    bool spin(Look look, const void* done);
    bool crowded();
    Time next_time();
    void learn(bool came);
    void learn_crowd(Time slowest_offer);

    const InVain in_vain_looks_;
    std::atomic<Time::rep> time_{Time(kMost).count()};
    std::atomic<std::uint32_t> in_vain_{0};  // waits that ended in blocking, one after another
    std::atomic<std::uint32_t> left_{0};     // waits that block at once, still
    std::atomic<std::uint32_t> penalty_{0};  // how many those were at the last crowd
};

}  // namespace vgpu
