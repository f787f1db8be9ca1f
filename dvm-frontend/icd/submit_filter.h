// Changes in a submit what the host does not know as the application does: waits for what the guest
// itself has signalled, and semaphores that processes of this guest share.
#pragma once

#include <vulkan/vulkan.h>

#include <cstdint>
#include <memory>
#include <new>
#include <utility>

#include "icd/queue.h"
#include "icd/semaphore.h"
#include "icd/small_array.h"

namespace vgpu::icd {

// Copies of the batches of one submit. Left out are waits for what is signalled already, where the
// host has nothing pending and would wait without end, and signals of shared semaphores, which the
// relay carries when the batch is complete; other waits for shared ones name the host's timeline
// that the relay signals. Everything parallel to the lists (stages, timeline values, device
// indices) follows; of the pNext chains stays what the wire carries. Lives on the stack of the
// submitting thread; the copies point into it and into the application's arrays.
template <typename Batch>
class SubmitFilter;

// What becomes of a wait.
struct FilteredWait {
    bool sent = true;
    VkSemaphore semaphore = VK_NULL_HANDLE;
    bool numbered = false;  // by `value`, and not by the application's
    std::uint64_t value = 0;
    // Of the handle. A temporary payload has no other owner once its signal has happened, so it is
    // to be kept until the submit is posted: its end is a record that comes after that.
    std::shared_ptr<SharedSemaphore> shared;
};

// What the copies' handles point at, and nobody else may own any more. Never throws.
class KeptSemaphores {
  public:
    // To be called once. False when there is no memory.
    bool resize(std::size_t count) {
        if (count != 0) kept_.reset(new (std::nothrow) std::shared_ptr<SharedSemaphore>[count]);
        return count == 0 || kept_;
    }
    void add(std::shared_ptr<SharedSemaphore> semaphore) { kept_[used_++] = std::move(semaphore); }

  private:
    std::unique_ptr<std::shared_ptr<SharedSemaphore>[]> kept_;
    std::size_t used_ = 0;
};
// Takes the signal that the wait is for. With Room in the device's relay.
FilteredWait take_wait(VkSemaphore semaphore, std::uint64_t value);

// True when the signal is a shared semaphore's, which happens when the queue comes to the point.
// With Room in the device's relay.
bool take_signal(VkSemaphore semaphore, std::uint64_t value, Point point);

// Where the batches are submitted: their serials begin with `first_serial`.
struct SubmitPlace {
    std::uint32_t slot;
    std::uint64_t first_serial;
    bool shared;  // some semaphore is
    Point point(std::uint32_t batch) const { return Point(slot, first_serial + batch); }
};

template <>
class SubmitFilter<VkSubmitInfo2> {
  public:
    // Takes the guest's signals. Null when there is no memory: nothing was taken then.
    const VkSubmitInfo2* filter(std::uint32_t count, const VkSubmitInfo2* batches,
                                const SubmitPlace& place);

  private:
    SmallArray<VkSubmitInfo2, 4> copies_;
    SmallArray<VkSemaphoreSubmitInfo, 8> waits_;
    SmallArray<VkSemaphoreSubmitInfo, 8> signals_;
    KeptSemaphores kept_;
};

// The chain of a VkSubmitInfo or VkBindSparseInfo, as far as the wire carries it.
struct SubmitChain {
    // Copies what is known of the chain, and returns the copy's begin; with `timeline`, if so
    // wanted, where the original has none.
    const void* copy(const void* next, bool with_timeline);

    VkTimelineSemaphoreSubmitInfo timeline;
    VkDeviceGroupSubmitInfo device_group;
    VkProtectedSubmitInfo protected_submit;
    VkDeviceGroupBindSparseInfo sparse_device_group;
    bool has_device_group;
};

// VkSubmitInfo and VkBindSparseInfo.
template <typename Batch>
class SubmitFilter {
  public:
    const Batch* filter(std::uint32_t count, const Batch* batches, const SubmitPlace& place);

  private:
    // One of the two lists of semaphores, and what is parallel to it, of all batches.
    struct List {
        bool resize(std::size_t count) {
            return semaphores.resize(count) && values.resize(count) && devices.resize(count);
        }
        void add(VkSemaphore semaphore, std::uint64_t value, std::uint32_t device) {
            semaphores[used] = semaphore;
            values[used] = value;
            devices[used++] = device;
        }
        SmallArray<VkSemaphore, 8> semaphores;
        SmallArray<std::uint64_t, 8> values;
        SmallArray<std::uint32_t, 8> devices;
        std::uint32_t used = 0;
    };
    void filter_waits(Batch& batch, SubmitChain& chain);
    void filter_signals(Batch& batch, SubmitChain& chain, Point point);

    SmallArray<Batch, 4> copies_;
    SmallArray<SubmitChain, 4> chains_;
    SmallArray<VkPipelineStageFlags, 8> stages_;
    List waits_;
    List signals_;
    KeptSemaphores kept_;
};

extern template class SubmitFilter<VkSubmitInfo>;
extern template class SubmitFilter<VkBindSparseInfo>;

}  // namespace vgpu::icd
