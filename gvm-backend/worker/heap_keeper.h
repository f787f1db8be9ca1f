// When the worker's heap gives memory back to the kernel.
#pragma once

#include <atomic>
#include <chrono>

namespace vgpu::worker {

// Drivers allocate and free megabytes in each frame. gvm-gpud lets the C library keep what is freed
// (worker_environment(), --kept-heap-mb); in return it goes back once the context rests: when all
// channels' threads have slept for a while, at the price of one wake-up. Any thread.
class HeapKeeper {
  public:
    static constexpr std::chrono::milliseconds kRest{250};

    // Of each channel's thread, which is awake at first.
    void joins() { awake_.fetch_add(1, std::memory_order_relaxed); }
    void leaves() { awake_.fetch_sub(1, std::memory_order_relaxed); }
    // For a thread that is asleep and counted as such, kRest after it fell asleep.
    void rest() {
        if (awake_.load(std::memory_order_relaxed) == 0) give_back();
    }
    // Returns all pages of the heap that hold nothing. Takes up to milliseconds.
    static void give_back();

  private:
    std::atomic<int> awake_{0};
};

}  // namespace vgpu::worker
