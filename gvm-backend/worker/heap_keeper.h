// When the worker's heap gives memory back to the kernel.
#pragma once

#include <atomic>
#include <chrono>

namespace vgpu::worker {

// Drivers allocate and free megabytes in each frame. gvm-gpud lets the C library keep what is freed
// (worker_environment(), --kept-heap-mb); in return it goes back once the context rests: when all
// channels' threads have slept for a while, at the price of one wake-up of each. What stays is free
// memory at the ends of the heaps of the driver's own threads, which no call reaches: at most as
// much as is kept, in each. Any thread.
class HeapKeeper {
  public:
    static constexpr std::chrono::milliseconds kRest{250};

    // Of each channel's thread, which is awake at first.
    void joins() { awake_.fetch_add(1, std::memory_order_relaxed); }
    void leaves() { awake_.fetch_sub(1, std::memory_order_relaxed); }
    // For a thread that is asleep and counted as such, kRest after it fell asleep. Takes up to
    // milliseconds.
    void rest() {
        give_back_end();
        if (awake_.load(std::memory_order_relaxed) == 0) give_back_holes();
    }
    // What the calling thread's heap has free at its end.
    static void give_back_end();
    // All pages of all threads' heaps that hold nothing, but for those ends.
    static void give_back_holes();

  private:
    std::atomic<int> awake_{0};
};

}  // namespace vgpu::worker
