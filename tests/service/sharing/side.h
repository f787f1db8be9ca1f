// What both processes of a test do with shared objects.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "common/commands.h"
#include "common/gpu.h"
#include "common/handles.h"
#include "sharing/peer.h"

namespace vgpu::sharing {

using namespace programs;

constexpr std::uint64_t kLong = 60'000'000'000;  // no wait of a test that passes takes as long

// One process's device and its way to the other process.
struct Side {
    const Gpu& gpu;
    Peer& peer;
    std::uint32_t rounds;

    PFN_vkGetMemoryFdKHR get_memory_fd;
    PFN_vkGetSemaphoreFdKHR get_semaphore_fd;
    PFN_vkImportSemaphoreFdKHR import_semaphore_fd;
    PFN_vkGetFenceFdKHR get_fence_fd;
    PFN_vkImportFenceFdKHR import_fence_fd;

    Side(const Gpu& device, Peer& other, std::uint32_t count);

    Semaphore semaphore(bool timeline, VkExternalSemaphoreHandleTypeFlags exported,
                        std::uint64_t initial = 0) const;
    Fence fence(VkExternalFenceHandleTypeFlags exported, VkFenceCreateFlags flags = 0) const;
    UniqueFd export_semaphore(VkSemaphore semaphore,
                              VkExternalSemaphoreHandleTypeFlagBits type =
                                  VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_FD_BIT) const;
    // The descriptor is taken with success alone.
    VkResult import_semaphore(VkSemaphore semaphore, UniqueFd& fd, VkSemaphoreImportFlags flags = 0,
                              VkExternalSemaphoreHandleTypeFlagBits type =
                                  VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_FD_BIT) const;
    UniqueFd export_fence(VkFence fence, VkExternalFenceHandleTypeFlagBits type =
                                             VK_EXTERNAL_FENCE_HANDLE_TYPE_OPAQUE_FD_BIT) const;
    VkResult import_fence(
        VkFence fence, UniqueFd& fd, VkFenceImportFlags flags = 0,
        VkExternalFenceHandleTypeFlagBits type = VK_EXTERNAL_FENCE_HANDLE_TYPE_OPAQUE_FD_BIT) const;

    // One batch, which waits for and signals what is not null.
    struct Work {
        VkCommandBuffer commands = VK_NULL_HANDLE;
        VkSemaphore wait = VK_NULL_HANDLE;
        std::uint64_t wait_value = 0;
        VkSemaphore signal = VK_NULL_HANDLE;
        std::uint64_t signal_value = 0;
        VkFence fence = VK_NULL_HANDLE;
    };
    VkResult submit(const Work& work) const;
    VkResult wait(VkSemaphore semaphore, std::uint64_t value, std::uint64_t timeout = kLong) const;
    VkResult wait(VkFence fence, std::uint64_t timeout = kLong) const;
    VkResult signal(VkSemaphore semaphore, std::uint64_t value) const;
    std::uint64_t value(VkSemaphore semaphore) const;
    void idle() const { check(vkQueueWaitIdle(gpu.queue())); }
};

// What the two processes of a way do; a way of one process has no `other`.
struct Way {
    std::function<void(const Side&)> owner;
    std::function<void(const Side&)> other;
    bool in_all = true;  // belongs to "all"
};
void add_memory_ways(std::map<std::string, Way>& ways);
void add_sync_ways(std::map<std::string, Way>& ways);
void add_bogus_ways(std::map<std::string, Way>& ways);

}  // namespace vgpu::sharing
