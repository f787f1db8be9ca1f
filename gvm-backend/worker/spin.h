// The brief part of every wait: a look that is repeated while blocking would cost more.
#pragma once

#include <sched.h>

namespace vgpu::worker {

inline void cpu_pause() {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
}

inline constexpr int kSpinPauses = 200;
inline constexpr int kSpinYields = 4;

// True as soon as done() is; false when it is time to block.
template <typename Done>
bool spin_until(Done&& done) {
    for (int i = 0; i < kSpinPauses; ++i) {
        if (done()) return true;
        cpu_pause();
    }
    for (int i = 0; i < kSpinYields; ++i) {
        sched_yield();
        if (done()) return true;
    }
    return false;
}

}  // namespace vgpu::worker
