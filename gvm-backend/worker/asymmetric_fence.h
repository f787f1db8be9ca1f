// A full fence between threads of this process whose cost falls on the side that rarely runs.
#pragma once

#include <atomic>

namespace vgpu::worker {

// Orders a store and a later load of the light side against a store and a later load of the heavy
// side, as two full fences would. light() is free where the kernel has membarrier(2); heavy() then
// interrupts the process's running threads. Any thread.
class AsymmetricFence {
  public:
    AsymmetricFence();
    void light() const {
        if (kernel_helps_) {
            std::atomic_signal_fence(std::memory_order_seq_cst);
        } else {
            std::atomic_thread_fence(std::memory_order_seq_cst);
        }
    }
    void heavy() const;

  private:
    bool kernel_helps_;
};

}  // namespace vgpu::worker
