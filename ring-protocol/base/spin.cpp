// Looking, offering the processor, and learning from how long both took.
#include "base/spin.h"

#include <sched.h>

#include <algorithm>
#include <cstdlib>

namespace vgpu {

namespace {

constexpr int kLooks = 20;
constexpr int kFirstLooks = 120;
// Those that our processor is offered to may be what is waited for, and take so long. Whoever takes
// longer is another program.
constexpr std::chrono::microseconds kCrowd{100};
// One wait in so many looks for long, though that was in vain lately.
constexpr std::uint32_t kTryEach = 32;
constexpr std::uint32_t kFirstPenalty = 16;
constexpr std::uint32_t kMostPenalty = 4096;

// The administrator's word: VGPU_SPIN_US, 0 for "never look twice".
SpinBudget::Time allowed() {
    static const SpinBudget::Time most = [] {
        const char* text = std::getenv("VGPU_SPIN_US");
        if (text == nullptr) return SpinBudget::kMost;
        return SpinBudget::Time(std::chrono::microseconds(std::clamp(std::atoi(text), 0, 10'000)));
    }();
    return most;
}

void cpu_pause() {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
}

template <typename Done>
bool look(int times, const Done& done) {
    for (int i = 0; i < times; ++i) {
        if (done()) return true;
        cpu_pause();
    }
    return false;
}

}  // namespace

// Whether this wait should rather not offer its processor to others.
bool SpinBudget::crowded() {
    const std::uint32_t left = left_.load(std::memory_order_relaxed);
    if (left != 0) left_.store(left - 1, std::memory_order_relaxed);
    return left != 0;
}

SpinBudget::Time SpinBudget::next_time() {
    const bool try_long = in_vain_.load(std::memory_order_relaxed) % kTryEach == kTryEach - 1;
    return try_long ? kMost : Time(time_.load(std::memory_order_relaxed));
}

void SpinBudget::learn(bool came) {
    const Time now(time_.load(std::memory_order_relaxed));
    const Time next = came ? kMost : std::max(now / 4, kLeast);
    if (next != now) time_.store(next.count(), std::memory_order_relaxed);
    in_vain_.store(came ? 0 : in_vain_.load(std::memory_order_relaxed) + 1,
                   std::memory_order_relaxed);
}

void SpinBudget::learn_crowd(Time slowest_offer) {
    const std::uint32_t penalty = penalty_.load(std::memory_order_relaxed);
    if (slowest_offer >= kCrowd) {
        const std::uint32_t more = std::clamp(2 * penalty, kFirstPenalty, kMostPenalty);
        penalty_.store(more, std::memory_order_relaxed);
        left_.store(more, std::memory_order_relaxed);
    } else if (penalty != 0) {
        penalty_.store(penalty / 2, std::memory_order_relaxed);
    }
}

void SpinBudget::offer() {
    if (allowed().count() == 0 || crowded()) return;
    const Clock::time_point began = Clock::now();
    ::sched_yield();
    learn_crowd(Clock::now() - began);
}

bool SpinBudget::spin(Look done_at, const void* object) {
    const auto done = [&] { return done_at(object); };
    if (allowed().count() == 0) return done();
    const Time most = std::min(next_time(), allowed());
    const bool brief = in_vain_looks_ == InVain::Few && most <= kLeast;
    if (look(brief ? kLooks : kFirstLooks, done)) return true;
    if (brief) learn(false);
    if (brief || crowded()) return false;
    const Clock::time_point began = Clock::now();
    Clock::time_point now = began;
    Time slowest{0};
    bool came = false;
    do {
        const Clock::time_point before = now;
        ::sched_yield();
        now = Clock::now();
        slowest = std::max<Time>(slowest, now - before);
        came = look(kLooks, done);
    } while (!came && slowest < kCrowd && now - began < most);
    learn(came);
    learn_crowd(slowest);
    return came;
}

}  // namespace vgpu
