// Leaves out of a submit's wait lists what the guest itself has signalled.
#pragma once

#include <vulkan/vulkan.h>

#include <cstdint>

#include "icd/small_array.h"

namespace vgpu::icd {

// Copies of the batches of one submit without their waits for semaphores that the guest has
// signalled: the host has nothing pending there and would wait without end. Everything parallel to
// the wait lists (stages, timeline values, device indices) is thinned alike; of the pNext chains
// stays what the wire carries. Lives on the stack of the submitting thread; the copies point into
// it and into the application's arrays.
template <typename Batch>
class WaitFilter;

template <>
class WaitFilter<VkSubmitInfo2> {
  public:
    // Takes the guest's signals. Null when there is no memory: nothing was taken then.
    const VkSubmitInfo2* filter(std::uint32_t count, const VkSubmitInfo2* batches);

  private:
    SmallArray<VkSubmitInfo2, 4> copies_;
    SmallArray<VkSemaphoreSubmitInfo, 8> waits_;
};

// The chain of a VkSubmitInfo or VkBindSparseInfo, as far as the wire carries it.
struct SubmitChain {
    // Copies what is known of the chain, and returns the copy's begin.
    const void* copy(const void* next);

    VkTimelineSemaphoreSubmitInfo timeline;
    VkDeviceGroupSubmitInfo device_group;
    VkProtectedSubmitInfo protected_submit;
    VkDeviceGroupBindSparseInfo sparse_device_group;
    bool has_timeline;
    bool has_device_group;
};

// VkSubmitInfo and VkBindSparseInfo.
template <typename Batch>
class WaitFilter {
  public:
    const Batch* filter(std::uint32_t count, const Batch* batches);

  private:
    void thin(Batch& batch, SubmitChain& chain, std::uint32_t& used);

    SmallArray<Batch, 4> copies_;
    SmallArray<SubmitChain, 4> chains_;
    SmallArray<VkSemaphore, 8> semaphores_;
    SmallArray<VkPipelineStageFlags, 8> stages_;
    SmallArray<std::uint64_t, 8> values_;
    SmallArray<std::uint32_t, 8> devices_;
};

extern template class WaitFilter<VkSubmitInfo>;
extern template class WaitFilter<VkBindSparseInfo>;

}  // namespace vgpu::icd
