// A queue as the guest knows it: how much was submitted, and where the host tells what completed.
#pragma once

#include <atomic>
#include <cstdint>

#include "icd/object.h"
#include "icd/point.h"

namespace vgpu::icd {

struct Device;

// Owned by its Device. Submits are the application's to synchronise, as Vulkan says; every thread
// may look how far the queue has come.
struct Queue : Dispatchable {
    // `slot` was taken with Context::take_status_slot() and named by vgpuOpenQueue.
    Queue(Context& owner, Device& parent, std::uint32_t family_index, std::uint32_t index_in_family,
          VkDeviceQueueCreateFlags create_flags, std::uint32_t slot)
        : Dispatchable(owner),
          device(&parent),
          family(family_index),
          index(index_in_family),
          flags(create_flags),
          status_slot(slot) {}

    // What has been submitted so far: reached when the queue is idle.
    Point last_point() const {
        return Point(status_slot, last_serial.load(std::memory_order_acquire));
    }
    bool idle() const { return last_point().reached(*context); }

    Device* const device;
    const std::uint32_t family;
    const std::uint32_t index;
    const VkDeviceQueueCreateFlags flags;
    const std::uint32_t status_slot;
    // One serial for each batch; the host stores those that something depends on.
    std::atomic<std::uint64_t> last_serial{0};
};

}  // namespace vgpu::icd
