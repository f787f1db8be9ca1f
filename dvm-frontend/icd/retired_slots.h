// Status slots of destroyed timeline semaphores, kept until the host will no longer write them.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "icd/queue.h"

namespace vgpu::icd {

// Owned by the Device, whose queues may still signal a semaphore that the guest has destroyed: a
// submit completes in the guest's eyes before the last of its status writes. Any thread.
class RetiredSlots {
  public:
    explicit RetiredSlots(Context& context) : context_(context) {}
    // What is still retired stays taken until the context ends.
    ~RetiredSlots() { sweep(); }
    RetiredSlots(const RetiredSlots&) = delete;
    RetiredSlots& operator=(const RetiredSlots&) = delete;

    // The slot is free when everything that was submitted so far is complete.
    void retire(std::uint32_t slot, std::span<const std::unique_ptr<Queue>> queues);
    // Gives back what the host is done with.
    void sweep();

  private:
    struct Retired {
        std::uint32_t slot;
        std::vector<Point> after;
    };
    bool done(const Retired& retired) const;

    Context& context_;
    std::mutex mutex_;
    std::vector<Retired> retired_;
};

}  // namespace vgpu::icd
