// Command pools: their command buffers have state in the guest, and die with them.
#include "icd/command_pool.h"

#include <algorithm>
#include <new>

#include "entries.h"
#include "icd/forward.h"
#include "icd/small_array.h"
#include "icd/wait.h"

namespace vgpu::icd {

VkResult CommandPool::add(Context& context, VkCommandBufferLevel level, std::uint32_t count) {
    const std::size_t first = buffers.size();
    try {
        // As a vector grows by itself: many applications allocate one buffer at a time.
        if (first + count > buffers.capacity())
            buffers.reserve(std::max(first + count, 2 * buffers.capacity()));
        for (std::uint32_t i = 0; i < count; ++i) {
            auto buffer = std::make_unique<CommandBuffer>(context, *this, recording, level);
            buffer->id = context.new_id();
            if (buffer->id == 0) break;
            buffer->index_in_pool = buffers.size();
            buffers.push_back(std::move(buffer));
        }
    } catch (const std::bad_alloc&) {
    }
    if (buffers.size() == first + count) return VK_SUCCESS;
    remove_from(first);
    return VK_ERROR_OUT_OF_HOST_MEMORY;
}

void CommandPool::remove(VkCommandBuffer buffer) {
    if (buffer == VK_NULL_HANDLE) return;
    CommandBuffer& removed = object_of<CommandBuffer>(buffer);
    removed.context->recycle_id(removed.id);
    const std::size_t index = removed.index_in_pool;
    std::swap(buffers[index], buffers.back());
    buffers[index]->index_in_pool = index;
    buffers.pop_back();
}

void CommandPool::remove_from(std::size_t first) {
    for (std::size_t i = first; i < buffers.size(); ++i)
        buffers[i]->context->recycle_id(buffers[i]->id);
    buffers.erase(buffers.begin() + static_cast<std::ptrdiff_t>(first), buffers.end());
}

void CommandPool::order_after_recording(Context& context) const {
    if (recording.last && recording.last != &context.earn_channel())
        context.channel_after(*recording.last);
}

void CommandPool::order_after_uses() const {
    for (const auto& buffer : buffers) buffer->order_after_uses();
}

VKAPI_ATTR VkResult VKAPI_CALL entry_vkCreateCommandPool(VkDevice device,
                                                         const VkCommandPoolCreateInfo* pCreateInfo,
                                                         const VkAllocationCallbacks* pAllocator,
                                                         VkCommandPool* pCommandPool) {
    (void)pAllocator;
    *pCommandPool = VK_NULL_HANDLE;
    Context& context = context_of(device);
    if (context.lost()) return VK_ERROR_DEVICE_LOST;
    std::unique_ptr<CommandPool> pool(new (std::nothrow) CommandPool);
    if (!pool) return VK_ERROR_OUT_OF_HOST_MEMORY;
    pool->id = context.new_id();
    if (pool->id == 0) return VK_ERROR_OUT_OF_HOST_MEMORY;
    post(context, wire::Args_vkCreateCommandPool{
                      .device = device, .pCreateInfo = pCreateInfo, .pCommandPool = pool->id});
    *pCommandPool = handle_of_object<VkCommandPool>(*pool.release());
    return VK_SUCCESS;
}

VKAPI_ATTR void VKAPI_CALL entry_vkDestroyCommandPool(VkDevice device, VkCommandPool commandPool,
                                                      const VkAllocationCallbacks* pAllocator) {
    (void)pAllocator;
    if (commandPool == VK_NULL_HANDLE) return;
    Context& context = context_of(device);
    std::unique_ptr<CommandPool> pool(&object_of<CommandPool>(commandPool));
    pool->order_after_uses();
    post(context, wire::Args_vkDestroyCommandPool{.device = device, .commandPool = commandPool});
    pool->remove_from(0);
    context.recycle_id(pool->id);
}

VKAPI_ATTR VkResult VKAPI_CALL entry_vkResetCommandPool(VkDevice device, VkCommandPool commandPool,
                                                        VkCommandPoolResetFlags flags) {
    Context& context = context_of(device);
    CommandPool& pool = object_of<CommandPool>(commandPool);
    pool.order_after_uses();
    for (const auto& buffer : pool.buffers) buffer->forget_recording();
    post(context, wire::Args_vkResetCommandPool{
                      .device = device, .commandPool = commandPool, .flags = flags});
    return posted(context);
}

// What another thread recorded works in the pool's memory until the host has run it.
VKAPI_ATTR void VKAPI_CALL entry_vkTrimCommandPool(VkDevice device, VkCommandPool commandPool,
                                                   VkCommandPoolTrimFlags flags) {
    Context& context = context_of(device);
    object_of<CommandPool>(commandPool).order_after_recording(context);
    post(context, wire::Args_vkTrimCommandPool{
                      .device = device, .commandPool = commandPool, .flags = flags});
}

VKAPI_ATTR VkResult VKAPI_CALL
entry_vkAllocateCommandBuffers(VkDevice device, const VkCommandBufferAllocateInfo* pAllocateInfo,
                               VkCommandBuffer* pCommandBuffers) {
    Context& context = context_of(device);
    const std::uint32_t count = pAllocateInfo->commandBufferCount;
    for (std::uint32_t i = 0; i < count; ++i) pCommandBuffers[i] = VK_NULL_HANDLE;
    if (context.lost()) return VK_ERROR_DEVICE_LOST;
    CommandPool& pool = object_of<CommandPool>(pAllocateInfo->commandPool);
    SmallArray<wire::ObjectId, 16> ids;
    if (!ids.resize(count)) return VK_ERROR_OUT_OF_HOST_MEMORY;
    const std::size_t first = pool.buffers.size();
    const VkResult result = pool.add(context, pAllocateInfo->level, count);
    if (result != VK_SUCCESS) return result;
    for (std::uint32_t i = 0; i < count; ++i) {
        CommandBuffer& buffer = *pool.buffers[first + i];
        ids[i] = buffer.id;
        pCommandBuffers[i] = handle_of_object<VkCommandBuffer>(buffer);
    }
    pool.order_after_recording(context);
    post(context, wire::Args_vgpuAllocateCommandBuffers{.device = device,
                                                        .commandPool = pAllocateInfo->commandPool,
                                                        .pAllocateInfo = pAllocateInfo,
                                                        .pCommandBuffers = ids.data()});
    return VK_SUCCESS;
}

VKAPI_ATTR void VKAPI_CALL entry_vkFreeCommandBuffers(VkDevice device, VkCommandPool commandPool,
                                                      uint32_t commandBufferCount,
                                                      const VkCommandBuffer* pCommandBuffers) {
    Context& context = context_of(device);
    CommandPool& pool = object_of<CommandPool>(commandPool);
    // In parts, so that buffers that are null can be left out without memory from the heap.
    constexpr std::uint32_t kPart = 64;
    VkCommandBuffer part[kPart];
    std::uint32_t n = 0;
    for (std::uint32_t i = 0; i < commandBufferCount; ++i) {
        if (pCommandBuffers[i] != VK_NULL_HANDLE) {
            object_of<CommandBuffer>(pCommandBuffers[i]).order_after_uses();
            part[n++] = pCommandBuffers[i];
        }
        if (n == 0 || (n < kPart && i + 1 < commandBufferCount)) continue;
        post(context, wire::Args_vkFreeCommandBuffers{.device = device,
                                                      .commandPool = commandPool,
                                                      .commandBufferCount = n,
                                                      .pCommandBuffers = part});
        for (std::uint32_t k = 0; k < n; ++k) pool.remove(part[k]);
        n = 0;
    }
}

}  // namespace vgpu::icd
