// Thins wait lists and everything that is parallel to them.
#include "icd/wait_filter.h"

#include <type_traits>

#include "icd/batch.h"

namespace vgpu::icd {

namespace {

template <typename Batch>
std::size_t all_waits(std::uint32_t count, const Batch* batches) {
    std::size_t waits = 0;
    for (std::uint32_t i = 0; i < count; ++i) waits += wait_count(batches[i]);
    return waits;
}

// Copies the structure and puts it before the chain's `begin`.
template <typename Structure>
void put_first(const void*& begin, Structure& copy, const VkBaseInStructure* from) {
    copy = *reinterpret_cast<const Structure*>(from);
    copy.pNext = begin;
    begin = &copy;
}

}  // namespace

const VkSubmitInfo2* WaitFilter<VkSubmitInfo2>::filter(std::uint32_t count,
                                                       const VkSubmitInfo2* batches) {
    if (!copies_.resize(count) || !waits_.resize(all_waits(count, batches))) return nullptr;
    std::size_t used = 0;
    for (std::uint32_t b = 0; b < count; ++b) {
        const VkSubmitInfo2& batch = batches[b];
        copies_[b] = batch;
        copies_[b].pWaitSemaphoreInfos = waits_.data() + used;
        copies_[b].waitSemaphoreInfoCount = 0;
        for (std::uint32_t i = 0; i < batch.waitSemaphoreInfoCount; ++i) {
            if (wait_at(batch, i).take_guest_signal()) continue;
            waits_[used++] = batch.pWaitSemaphoreInfos[i];
            ++copies_[b].waitSemaphoreInfoCount;
        }
    }
    return copies_.data();
}

const void* SubmitChain::copy(const void* next) {
    const void* begin = nullptr;
    has_timeline = has_device_group = false;
    for (auto* at = static_cast<const VkBaseInStructure*>(next); at; at = at->pNext) {
        switch (at->sType) {
            case VK_STRUCTURE_TYPE_TIMELINE_SEMAPHORE_SUBMIT_INFO:
                put_first(begin, timeline, at);
                has_timeline = true;
                break;
            case VK_STRUCTURE_TYPE_DEVICE_GROUP_SUBMIT_INFO:
                put_first(begin, device_group, at);
                has_device_group = true;
                break;
            case VK_STRUCTURE_TYPE_PROTECTED_SUBMIT_INFO:
                put_first(begin, protected_submit, at);
                break;
            case VK_STRUCTURE_TYPE_DEVICE_GROUP_BIND_SPARSE_INFO:
                put_first(begin, sparse_device_group, at);
                break;
            default:
                break;
        }
    }
    return begin;
}

template <typename Batch>
const Batch* WaitFilter<Batch>::filter(std::uint32_t count, const Batch* batches) {
    const std::size_t waits = all_waits(count, batches);
    if (!copies_.resize(count) || !chains_.resize(count) || !semaphores_.resize(waits) ||
        !stages_.resize(waits) || !values_.resize(waits) || !devices_.resize(waits))
        return nullptr;
    std::uint32_t used = 0;
    for (std::uint32_t b = 0; b < count; ++b) {
        copies_[b] = batches[b];
        copies_[b].pNext = chains_[b].copy(batches[b].pNext);
        thin(copies_[b], chains_[b], used);
    }
    return copies_.data();
}

template <typename Batch>
void WaitFilter<Batch>::thin(Batch& batch, SubmitChain& chain, std::uint32_t& used) {
    const std::uint32_t first = used;
    const std::uint32_t wanted = batch.waitSemaphoreCount;
    // Vulkan lets the parallel arrays be shorter, or null, only where their values do not matter.
    const std::uint32_t values = chain.has_timeline && chain.timeline.pWaitSemaphoreValues
                                     ? chain.timeline.waitSemaphoreValueCount
                                     : 0;
    const std::uint32_t devices =
        chain.has_device_group ? chain.device_group.waitSemaphoreCount : 0;
    for (std::uint32_t i = 0; i < wanted; ++i) {
        if (wait_at(batch, i).take_guest_signal()) continue;
        semaphores_[used] = batch.pWaitSemaphores[i];
        if constexpr (std::is_same_v<Batch, VkSubmitInfo>)
            stages_[used] = batch.pWaitDstStageMask[i];
        values_[used] = i < values ? chain.timeline.pWaitSemaphoreValues[i] : 0;
        devices_[used] = i < devices ? chain.device_group.pWaitSemaphoreDeviceIndices[i] : 0;
        ++used;
    }
    batch.waitSemaphoreCount = used - first;
    batch.pWaitSemaphores = semaphores_.data() + first;
    if constexpr (std::is_same_v<Batch, VkSubmitInfo>)
        batch.pWaitDstStageMask = stages_.data() + first;
    if (chain.has_timeline) {
        chain.timeline.waitSemaphoreValueCount = used - first;
        chain.timeline.pWaitSemaphoreValues = values_.data() + first;
    }
    if (devices != 0) {
        chain.device_group.waitSemaphoreCount = used - first;
        chain.device_group.pWaitSemaphoreDeviceIndices = devices_.data() + first;
    }
}

template class WaitFilter<VkSubmitInfo>;
template class WaitFilter<VkBindSparseInfo>;

}  // namespace vgpu::icd
