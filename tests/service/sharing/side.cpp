// Vulkan calls in the few forms that the ways need.
#include "sharing/side.h"

namespace vgpu::sharing {

Side::Side(const Gpu& device, Peer& other, std::uint32_t count)
    : gpu(device),
      peer(other),
      rounds(count),
      get_memory_fd(gpu.load<PFN_vkGetMemoryFdKHR>("vkGetMemoryFdKHR")),
      get_semaphore_fd(gpu.load<PFN_vkGetSemaphoreFdKHR>("vkGetSemaphoreFdKHR")),
      import_semaphore_fd(gpu.load<PFN_vkImportSemaphoreFdKHR>("vkImportSemaphoreFdKHR")),
      get_fence_fd(gpu.load<PFN_vkGetFenceFdKHR>("vkGetFenceFdKHR")),
      import_fence_fd(gpu.load<PFN_vkImportFenceFdKHR>("vkImportFenceFdKHR")) {
    if (!get_memory_fd || !get_semaphore_fd || !import_semaphore_fd || !get_fence_fd ||
        !import_fence_fd)
        throw NotOffered("The device shares nothing by descriptors.");
}

Semaphore Side::semaphore(bool timeline, VkExternalSemaphoreHandleTypeFlags exported,
                          std::uint64_t initial) const {
    VkSemaphoreTypeCreateInfo type{VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO};
    type.semaphoreType = timeline ? VK_SEMAPHORE_TYPE_TIMELINE : VK_SEMAPHORE_TYPE_BINARY;
    type.initialValue = initial;
    VkExportSemaphoreCreateInfo info{VK_STRUCTURE_TYPE_EXPORT_SEMAPHORE_CREATE_INFO, &type,
                                     exported};
    return Semaphore(gpu.device(), {VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO,
                                    exported ? static_cast<const void*>(&info) : &type});
}

Fence Side::fence(VkExternalFenceHandleTypeFlags exported, VkFenceCreateFlags flags) const {
    const VkExportFenceCreateInfo info{VK_STRUCTURE_TYPE_EXPORT_FENCE_CREATE_INFO, nullptr,
                                       exported};
    return Fence(gpu.device(),
                 {VK_STRUCTURE_TYPE_FENCE_CREATE_INFO, exported ? &info : nullptr, flags});
}

UniqueFd Side::export_semaphore(VkSemaphore semaphore,
                                VkExternalSemaphoreHandleTypeFlagBits type) const {
    const VkSemaphoreGetFdInfoKHR info{VK_STRUCTURE_TYPE_SEMAPHORE_GET_FD_INFO_KHR, nullptr,
                                       semaphore, type};
    int fd = -1;
    check(get_semaphore_fd(gpu.device(), &info, &fd));
    return UniqueFd(fd);
}

VkResult Side::import_semaphore(VkSemaphore semaphore, UniqueFd& fd, VkSemaphoreImportFlags flags,
                                VkExternalSemaphoreHandleTypeFlagBits type) const {
    VkImportSemaphoreFdInfoKHR info{VK_STRUCTURE_TYPE_IMPORT_SEMAPHORE_FD_INFO_KHR};
    info.semaphore = semaphore;
    info.flags = flags;
    info.handleType = type;
    info.fd = fd.get();
    const VkResult result = import_semaphore_fd(gpu.device(), &info);
    if (result == VK_SUCCESS) fd.release();
    return result;
}

UniqueFd Side::export_fence(VkFence fence, VkExternalFenceHandleTypeFlagBits type) const {
    const VkFenceGetFdInfoKHR info{VK_STRUCTURE_TYPE_FENCE_GET_FD_INFO_KHR, nullptr, fence, type};
    int fd = -1;
    check(get_fence_fd(gpu.device(), &info, &fd));
    return UniqueFd(fd);
}

VkResult Side::import_fence(VkFence fence, UniqueFd& fd, VkFenceImportFlags flags,
                            VkExternalFenceHandleTypeFlagBits type) const {
    VkImportFenceFdInfoKHR info{VK_STRUCTURE_TYPE_IMPORT_FENCE_FD_INFO_KHR};
    info.fence = fence;
    info.flags = flags;
    info.handleType = type;
    info.fd = fd.get();
    const VkResult result = import_fence_fd(gpu.device(), &info);
    if (result == VK_SUCCESS) fd.release();
    return result;
}

VkResult Side::submit(const Work& work) const {
    const VkPipelineStageFlags stage = VK_PIPELINE_STAGE_ALL_COMMANDS_BIT;
    VkTimelineSemaphoreSubmitInfo values{VK_STRUCTURE_TYPE_TIMELINE_SEMAPHORE_SUBMIT_INFO};
    values.waitSemaphoreValueCount = work.wait != VK_NULL_HANDLE;
    values.pWaitSemaphoreValues = &work.wait_value;
    values.signalSemaphoreValueCount = work.signal != VK_NULL_HANDLE;
    values.pSignalSemaphoreValues = &work.signal_value;
    VkSubmitInfo info{VK_STRUCTURE_TYPE_SUBMIT_INFO};
    // A binary semaphore has no values, and its batch no such structure.
    if (work.wait_value != 0 || work.signal_value != 0) info.pNext = &values;
    info.waitSemaphoreCount = work.wait != VK_NULL_HANDLE;
    info.pWaitSemaphores = &work.wait;
    info.pWaitDstStageMask = &stage;
    info.commandBufferCount = work.commands != VK_NULL_HANDLE;
    info.pCommandBuffers = &work.commands;
    info.signalSemaphoreCount = work.signal != VK_NULL_HANDLE;
    info.pSignalSemaphores = &work.signal;
    return vkQueueSubmit(gpu.queue(), 1, &info, work.fence);
}

VkResult Side::wait(VkSemaphore semaphore, std::uint64_t value, std::uint64_t timeout) const {
    VkSemaphoreWaitInfo info{VK_STRUCTURE_TYPE_SEMAPHORE_WAIT_INFO};
    info.semaphoreCount = 1;
    info.pSemaphores = &semaphore;
    info.pValues = &value;
    return vkWaitSemaphores(gpu.device(), &info, timeout);
}

VkResult Side::wait(VkFence fence, std::uint64_t timeout) const {
    return vkWaitForFences(gpu.device(), 1, &fence, VK_TRUE, timeout);
}

VkResult Side::signal(VkSemaphore semaphore, std::uint64_t value) const {
    VkSemaphoreSignalInfo info{VK_STRUCTURE_TYPE_SEMAPHORE_SIGNAL_INFO};
    info.semaphore = semaphore;
    info.value = value;
    return vkSignalSemaphore(gpu.device(), &info);
}

std::uint64_t Side::value(VkSemaphore semaphore) const {
    std::uint64_t value = 0;
    check(vkGetSemaphoreCounterValue(gpu.device(), semaphore, &value));
    return value;
}

}  // namespace vgpu::sharing
