// One view of a batch of any of the three kinds of submits.
#pragma once

#include <vulkan/vulkan.h>

#include <cstdint>

#include "icd/object.h"
#include "icd/semaphore.h"
#include "wire/chain.h"

namespace vgpu::icd {

inline std::uint32_t wait_count(const VkSubmitInfo& batch) {
    return batch.waitSemaphoreCount;
}
inline std::uint32_t wait_count(const VkSubmitInfo2& batch) {
    return batch.waitSemaphoreInfoCount;
}
inline std::uint32_t wait_count(const VkBindSparseInfo& batch) {
    return batch.waitSemaphoreCount;
}

inline Semaphore& wait_at(const VkSubmitInfo& batch, std::uint32_t i) {
    return object_of<Semaphore>(batch.pWaitSemaphores[i]);
}
inline Semaphore& wait_at(const VkSubmitInfo2& batch, std::uint32_t i) {
    return object_of<Semaphore>(batch.pWaitSemaphoreInfos[i].semaphore);
}
inline Semaphore& wait_at(const VkBindSparseInfo& batch, std::uint32_t i) {
    return object_of<Semaphore>(batch.pWaitSemaphores[i]);
}

inline std::uint32_t signal_count(const VkSubmitInfo& batch) {
    return batch.signalSemaphoreCount;
}
inline std::uint32_t signal_count(const VkSubmitInfo2& batch) {
    return batch.signalSemaphoreInfoCount;
}
inline std::uint32_t signal_count(const VkBindSparseInfo& batch) {
    return batch.signalSemaphoreCount;
}

inline Semaphore& signal_at(const VkSubmitInfo& batch, std::uint32_t i) {
    return object_of<Semaphore>(batch.pSignalSemaphores[i]);
}
inline Semaphore& signal_at(const VkSubmitInfo2& batch, std::uint32_t i) {
    return object_of<Semaphore>(batch.pSignalSemaphoreInfos[i].semaphore);
}
inline Semaphore& signal_at(const VkBindSparseInfo& batch, std::uint32_t i) {
    return object_of<Semaphore>(batch.pSignalSemaphores[i]);
}

inline const VkTimelineSemaphoreSubmitInfo* timeline_values(const void* next) {
    return find_in_chain<VkTimelineSemaphoreSubmitInfo>(
        next, VK_STRUCTURE_TYPE_TIMELINE_SEMAPHORE_SUBMIT_INFO);
}

// The value that a timeline semaphore is signalled with.
template <typename Batch>
std::uint64_t signal_value_at(const Batch& batch, std::uint32_t i) {
    const VkTimelineSemaphoreSubmitInfo* values = timeline_values(batch.pNext);
    if (!values || !values->pSignalSemaphoreValues || i >= values->signalSemaphoreValueCount)
        return 0;
    return values->pSignalSemaphoreValues[i];
}
inline std::uint64_t signal_value_at(const VkSubmitInfo2& batch, std::uint32_t i) {
    return batch.pSignalSemaphoreInfos[i].value;
}

// The value that a timeline semaphore is waited for.
template <typename Batch>
std::uint64_t wait_value_at(const Batch& batch, std::uint32_t i) {
    const VkTimelineSemaphoreSubmitInfo* values = timeline_values(batch.pNext);
    if (!values || !values->pWaitSemaphoreValues || i >= values->waitSemaphoreValueCount) return 0;
    return values->pWaitSemaphoreValues[i];
}
inline std::uint64_t wait_value_at(const VkSubmitInfo2& batch, std::uint32_t i) {
    return batch.pWaitSemaphoreInfos[i].value;
}

inline std::uint32_t command_buffer_count(const VkSubmitInfo& batch) {
    return batch.commandBufferCount;
}
inline std::uint32_t command_buffer_count(const VkSubmitInfo2& batch) {
    return batch.commandBufferInfoCount;
}
inline std::uint32_t command_buffer_count(const VkBindSparseInfo&) {
    return 0;
}

inline VkCommandBuffer command_buffer_at(const VkSubmitInfo& batch, std::uint32_t i) {
    return batch.pCommandBuffers[i];
}
inline VkCommandBuffer command_buffer_at(const VkSubmitInfo2& batch, std::uint32_t i) {
    return batch.pCommandBufferInfos[i].commandBuffer;
}
inline VkCommandBuffer command_buffer_at(const VkBindSparseInfo&, std::uint32_t) {
    return VK_NULL_HANDLE;
}

}  // namespace vgpu::icd
