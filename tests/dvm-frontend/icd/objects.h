// Objects of a test's device, destroyed with their scope.
#pragma once

#include "entries.h"
#include "fake_gpu.h"

namespace vgpu::icd::test {

template <typename Handle, auto kDestroy>
class Own {
  public:
    Own(VkDevice device, Handle handle) : device_(device), handle_(handle) {}
    ~Own() { kDestroy(device_, handle_, nullptr); }
    Own(const Own&) = delete;
    Own& operator=(const Own&) = delete;
    operator Handle() const { return handle_; }  // NOLINT: it stands for the handle

  private:
    VkDevice device_;
    Handle handle_;
};

class OwnFence : public Own<VkFence, entry_vkDestroyFence> {
  public:
    explicit OwnFence(VkDevice device, VkFenceCreateFlags flags = 0)
        : Own(device, make(device, flags)) {}

  private:
    static VkFence make(VkDevice device, VkFenceCreateFlags flags) {
        const VkFenceCreateInfo info{VK_STRUCTURE_TYPE_FENCE_CREATE_INFO, nullptr, flags};
        VkFence fence = VK_NULL_HANDLE;
        entry_vkCreateFence(device, &info, nullptr, &fence);
        return fence;
    }
};

inline VkResult create_timeline(VkDevice device, std::uint64_t initial, VkSemaphore& semaphore) {
    const VkSemaphoreTypeCreateInfo type{VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO, nullptr,
                                         VK_SEMAPHORE_TYPE_TIMELINE, initial};
    const VkSemaphoreCreateInfo info{VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO, &type, 0};
    return entry_vkCreateSemaphore(device, &info, nullptr, &semaphore);
}

class OwnSemaphore : public Own<VkSemaphore, entry_vkDestroySemaphore> {
  public:
    explicit OwnSemaphore(VkDevice device) : Own(device, make(device)) {}

  private:
    static VkSemaphore make(VkDevice device) {
        const VkSemaphoreCreateInfo info{VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO, nullptr, 0};
        VkSemaphore semaphore = VK_NULL_HANDLE;
        entry_vkCreateSemaphore(device, &info, nullptr, &semaphore);
        return semaphore;
    }
};

class OwnTimeline : public Own<VkSemaphore, entry_vkDestroySemaphore> {
  public:
    explicit OwnTimeline(VkDevice device, std::uint64_t initial = 0)
        : Own(device, make(device, initial)) {}

  private:
    static VkSemaphore make(VkDevice device, std::uint64_t initial) {
        VkSemaphore semaphore = VK_NULL_HANDLE;
        create_timeline(device, initial, semaphore);
        return semaphore;
    }
};

class OwnCommandPool : public Own<VkCommandPool, entry_vkDestroyCommandPool> {
  public:
    explicit OwnCommandPool(VkDevice device) : Own(device, make(device)), device_(device) {}
    VkCommandBuffer allocate(VkCommandBufferLevel level = VK_COMMAND_BUFFER_LEVEL_PRIMARY) {
        const VkCommandBufferAllocateInfo info{VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
                                               nullptr, *this, level, 1};
        VkCommandBuffer buffer = VK_NULL_HANDLE;
        entry_vkAllocateCommandBuffers(device_, &info, &buffer);
        return buffer;
    }

  private:
    static VkCommandPool make(VkDevice device) {
        const VkCommandPoolCreateInfo info{VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO, nullptr, 0,
                                           0};
        VkCommandPool pool = VK_NULL_HANDLE;
        entry_vkCreateCommandPool(device, &info, nullptr, &pool);
        return pool;
    }
    VkDevice device_;
};

inline VkResult begin(VkCommandBuffer buffer) {
    const VkCommandBufferBeginInfo info{VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO, nullptr, 0,
                                        nullptr};
    return entry_vkBeginCommandBuffer(buffer, &info);
}

inline VkQueue queue_of(VkDevice device, std::uint32_t index = 0) {
    VkQueue queue = VK_NULL_HANDLE;
    entry_vkGetDeviceQueue(device, 0, index, &queue);
    return queue;
}

inline VkResult submit(VkQueue queue, VkCommandBuffer buffer, VkFence fence = VK_NULL_HANDLE) {
    VkSubmitInfo info{.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO};
    info.commandBufferCount = 1;
    info.pCommandBuffers = &buffer;
    return entry_vkQueueSubmit(queue, 1, &info, fence);
}

// Ordered records so far: what costs a crossing.
inline std::uint32_t crossings(VkDevice device) {
    return context_of(device).last_order();
}

}  // namespace vgpu::icd::test
