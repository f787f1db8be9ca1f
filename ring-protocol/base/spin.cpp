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

void SpinBudget::learn(Time took) {
    const Time now = time();
    const Time next = took < 2 * kMost ? std::min(2 * now, kMost) : std::max(now / 2, kLeast);
    if (next != now) time_.store(next.count(), std::memory_order_relaxed);
}

bool SpinBudget::crowded() {
    const std::uint32_t left = left_.load(std::memory_order_relaxed);
    if (left != 0) left_.store(left - 1, std::memory_order_relaxed);
    return left != 0;
}

void SpinBudget::offered(Time slowest) {
    const std::uint32_t penalty = penalty_.load(std::memory_order_relaxed);
    if (slowest >= kCrowd) {
        const std::uint32_t more = std::clamp(2 * penalty, kFirstPenalty, kMostPenalty);
        penalty_.store(more, std::memory_order_relaxed);
        left_.store(more, std::memory_order_relaxed);
    } else if (penalty != 0) {
        penalty_.store(penalty / 2, std::memory_order_relaxed);
    }
}

bool Spin::until(Look done_at, const void* object) {
    const auto done = [&] { return done_at(object); };
    const SpinBudget::Time most = std::min(budget_.time(), allowed());
    if (look(most.count() == 0 ? 1 : kFirstLooks, done)) return true;
    if (most.count() == 0) return false;
    began_ = Clock::now();
    if (budget_.crowded()) return false;
    Clock::time_point now = began_;
    SpinBudget::Time slowest{0};
    bool seen = false;
    do {
        const Clock::time_point before = now;
        ::sched_yield();
        now = Clock::now();
        slowest = std::max<SpinBudget::Time>(slowest, now - before);
        seen = look(kLooks, done);
    } while (!seen && slowest < kCrowd && now - began_ < most);
    budget_.offered(slowest);
    return seen;
}

}  // namespace vgpu
