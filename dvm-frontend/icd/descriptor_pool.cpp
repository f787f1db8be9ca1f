// Descriptor pools: the ids of their sets are chosen here, and free again when the sets end.
#include "icd/descriptor_pool.h"

#include <memory>
#include <new>

#include "entries.h"
#include "icd/forward.h"
#include "icd/small_array.h"
#include "icd/wait.h"

namespace vgpu::icd {

namespace {

using SetIds = SmallArray<wire::ObjectId, 16>;

void recycle(Context& context, DescriptorPool& pool, const wire::ObjectId* ids, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) {
        pool.sets.erase(ids[i]);
        context.recycle_id(ids[i]);
    }
}

// Enters `ids` into the pool. On failure none is left.
bool take_ids(Context& context, DescriptorPool& pool, SetIds& ids) {
    std::size_t n = 0;
    try {
        for (; n < ids.size(); ++n) {
            ids[n] = context.new_id();
            if (ids[n] == 0) break;
            pool.sets.insert(ids[n]);
        }
        if (n == ids.size()) return true;
    } catch (const std::bad_alloc&) {
        ++n;  // this id is taken, though not entered
    }
    recycle(context, pool, ids.data(), n);
    return false;
}

}  // namespace

void DescriptorPool::recycle_sets(Context& context) {
    for (const wire::ObjectId set : sets) context.recycle_id(set);
    sets.clear();
}

VKAPI_ATTR VkResult VKAPI_CALL entry_vkCreateDescriptorPool(
    VkDevice device, const VkDescriptorPoolCreateInfo* pCreateInfo,
    const VkAllocationCallbacks* pAllocator, VkDescriptorPool* pDescriptorPool) {
    (void)pAllocator;
    *pDescriptorPool = VK_NULL_HANDLE;
    Context& context = context_of(device);
    if (context.lost()) return VK_ERROR_DEVICE_LOST;
    std::unique_ptr<DescriptorPool> pool(new (std::nothrow) DescriptorPool);
    if (!pool) return VK_ERROR_OUT_OF_HOST_MEMORY;
    pool->id = context.new_id();
    if (pool->id == 0) return VK_ERROR_OUT_OF_HOST_MEMORY;
    const wire::Args_vkCreateDescriptorPool args{
        .device = device, .pCreateInfo = pCreateInfo, .pDescriptorPool = pool->id};
    wire::Reply_vkCreateDescriptorPool reply{};
    const VkResult result = call(context, args, reply) ? reply.result : VK_ERROR_DEVICE_LOST;
    if (result != VK_SUCCESS) {
        context.recycle_id(pool->id);
        return result < VK_SUCCESS ? result : VK_ERROR_UNKNOWN;
    }
    *pDescriptorPool = handle_of_object<VkDescriptorPool>(*pool.release());
    return VK_SUCCESS;
}

VKAPI_ATTR void VKAPI_CALL entry_vkDestroyDescriptorPool(VkDevice device,
                                                         VkDescriptorPool descriptorPool,
                                                         const VkAllocationCallbacks* pAllocator) {
    (void)pAllocator;
    if (descriptorPool == VK_NULL_HANDLE) return;
    Context& context = context_of(device);
    std::unique_ptr<DescriptorPool> pool(&object_of<DescriptorPool>(descriptorPool));
    context.order_after_all_channels();
    post(context,
         wire::Args_vkDestroyDescriptorPool{.device = device, .descriptorPool = descriptorPool});
    pool->recycle_sets(context);
    context.recycle_id(pool->id);
}

VKAPI_ATTR VkResult VKAPI_CALL entry_vkResetDescriptorPool(VkDevice device,
                                                           VkDescriptorPool descriptorPool,
                                                           VkDescriptorPoolResetFlags flags) {
    Context& context = context_of(device);
    context.order_after_all_channels();
    post(context, wire::Args_vkResetDescriptorPool{
                      .device = device, .descriptorPool = descriptorPool, .flags = flags});
    object_of<DescriptorPool>(descriptorPool).recycle_sets(context);
    return posted(context);
}

VKAPI_ATTR VkResult VKAPI_CALL
entry_vkAllocateDescriptorSets(VkDevice device, const VkDescriptorSetAllocateInfo* pAllocateInfo,
                               VkDescriptorSet* pDescriptorSets) {
    Context& context = context_of(device);
    const std::uint32_t count = pAllocateInfo->descriptorSetCount;
    for (std::uint32_t i = 0; i < count; ++i) pDescriptorSets[i] = VK_NULL_HANDLE;
    if (context.lost()) return VK_ERROR_DEVICE_LOST;
    DescriptorPool& pool = object_of<DescriptorPool>(pAllocateInfo->descriptorPool);
    SetIds ids;
    if (!ids.resize(count) || !take_ids(context, pool, ids)) return VK_ERROR_OUT_OF_HOST_MEMORY;
    wire::Args_vgpuAllocateDescriptorSets args{.device = device,
                                               .descriptorPool = pAllocateInfo->descriptorPool,
                                               .pAllocateInfo = pAllocateInfo,
                                               .pDescriptorSets = ids.data()};
    wire::Reply_vgpuAllocateDescriptorSets reply{};
    const VkResult result = call(context, args, reply) ? reply.result : VK_ERROR_DEVICE_LOST;
    if (result != VK_SUCCESS) {
        recycle(context, pool, ids.data(), count);
        return result < VK_SUCCESS ? result : VK_ERROR_UNKNOWN;
    }
    for (std::uint32_t i = 0; i < count; ++i)
        pDescriptorSets[i] = handle_of<VkDescriptorSet>(ids[i]);
    return VK_SUCCESS;
}

VKAPI_ATTR VkResult VKAPI_CALL entry_vkFreeDescriptorSets(VkDevice device,
                                                          VkDescriptorPool descriptorPool,
                                                          uint32_t descriptorSetCount,
                                                          const VkDescriptorSet* pDescriptorSets) {
    Context& context = context_of(device);
    DescriptorPool& pool = object_of<DescriptorPool>(descriptorPool);
    SetIds ids;
    SmallArray<VkDescriptorSet, 16> sets;
    if (!ids.resize(descriptorSetCount) || !sets.resize(descriptorSetCount))
        return VK_ERROR_OUT_OF_HOST_MEMORY;
    std::uint32_t n = 0;
    for (std::uint32_t i = 0; i < descriptorSetCount; ++i) {
        if (pDescriptorSets[i] == VK_NULL_HANDLE) continue;
        ids[n] = id_of(pDescriptorSets[i]);
        sets[n++] = pDescriptorSets[i];
    }
    if (n == 0) return posted(context);
    context.order_after_all_channels();
    post(context, wire::Args_vkFreeDescriptorSets{.device = device,
                                                  .descriptorPool = descriptorPool,
                                                  .descriptorSetCount = n,
                                                  .pDescriptorSets = sets.data()});
    recycle(context, pool, ids.data(), n);
    return posted(context);
}

}  // namespace vgpu::icd
