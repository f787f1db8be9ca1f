// Query pools: which queries a submit still changes is known without asking the host.
#include "icd/query_pool.h"

#include <algorithm>
#include <bit>
#include <new>

#include "entries.h"
#include "icd/command_buffer.h"
#include "icd/forward.h"
#include "icd/query_results.h"
#include "icd/wait.h"
#include "wire/chain.h"

namespace vgpu::icd {

namespace {

std::uint32_t values_per_query(const VkQueryPoolCreateInfo& info) {
    switch (info.queryType) {
        case VK_QUERY_TYPE_PIPELINE_STATISTICS:
            return static_cast<std::uint32_t>(std::popcount(info.pipelineStatistics));
        case VK_QUERY_TYPE_TRANSFORM_FEEDBACK_STREAM_EXT:
            return 2;
        case VK_QUERY_TYPE_RESULT_STATUS_ONLY_KHR:
            return 0;
#ifdef VK_KHR_video_encode_queue
        case VK_QUERY_TYPE_VIDEO_ENCODE_FEEDBACK_KHR: {
            const auto* feedback = find_in_chain<VkQueryPoolVideoEncodeFeedbackCreateInfoKHR>(
                info.pNext, VK_STRUCTURE_TYPE_QUERY_POOL_VIDEO_ENCODE_FEEDBACK_CREATE_INFO_KHR);
            return feedback
                       ? static_cast<std::uint32_t>(std::popcount(feedback->encodeFeedbackFlags))
                       : 0;
        }
#endif
        default:
            return 1;
    }
}

// The types whose results are numbers that stay as they are until the query is reset.
bool keeps_its_results(VkQueryType type) {
    return type == VK_QUERY_TYPE_OCCLUSION || type == VK_QUERY_TYPE_TIMESTAMP ||
           type == VK_QUERY_TYPE_PIPELINE_STATISTICS;
}

// The command buffer's submits change the queries.
void note(VkCommandBuffer command_buffer, VkQueryPool pool, std::uint32_t first,
          std::uint32_t count) {
    auto& buffer = object_of<CommandBuffer>(command_buffer);
    buffer.note(
        [&](Touched& touched) { touched.queries(object_of<QueryPool>(pool), first, count); });
}

}  // namespace

QueryPool::QueryPool(const VkQueryPoolCreateInfo& info)
    : count(info.queryCount),
      values(values_per_query(info)),
      touched(std::make_unique<std::atomic<std::uint64_t>[]>(info.queryCount)),
      known(count, values),
      keeps_results(keeps_its_results(info.queryType)) {}

void QueryPool::submitted(std::uint32_t first, std::uint32_t n, Point point) {
    if (first >= count) return;
    const std::uint32_t end = first + std::min(n, count - first);
    for (std::uint32_t i = first; i < end; ++i)
        touched[i].store(point.bits, std::memory_order_release);
    // After they are known to be pending: see QueryResults::ask_part_as.
    if (keeps_results) known.forget(first, n);
}

void QueryPool::stalls_before(Context& context, Point point) {
    const Point before(stalling.exchange(point.bits, std::memory_order_acq_rel));
    if (before.slot() != point.slot() && !before.reached(context))
        always_may_stall.store(true, std::memory_order_release);
}

VKAPI_ATTR VkResult VKAPI_CALL entry_vkCreateQueryPool(VkDevice device,
                                                       const VkQueryPoolCreateInfo* pCreateInfo,
                                                       const VkAllocationCallbacks* pAllocator,
                                                       VkQueryPool* pQueryPool) {
    (void)pAllocator;
    *pQueryPool = VK_NULL_HANDLE;
    Context& context = context_of(device);
    if (context.lost()) return VK_ERROR_DEVICE_LOST;
    std::unique_ptr<QueryPool> pool;
    try {
        pool = std::make_unique<QueryPool>(*pCreateInfo);
    } catch (const std::bad_alloc&) {
        return VK_ERROR_OUT_OF_HOST_MEMORY;
    }
    pool->id = context.new_id();
    if (pool->id == 0) return VK_ERROR_OUT_OF_HOST_MEMORY;
    post(context, wire::Args_vkCreateQueryPool{
                      .device = device, .pCreateInfo = pCreateInfo, .pQueryPool = pool->id});
    *pQueryPool = handle_of_object<VkQueryPool>(*pool.release());
    return VK_SUCCESS;
}

VKAPI_ATTR void VKAPI_CALL entry_vkDestroyQueryPool(VkDevice device, VkQueryPool queryPool,
                                                    const VkAllocationCallbacks* pAllocator) {
    (void)pAllocator;
    if (queryPool == VK_NULL_HANDLE) return;
    Context& context = context_of(device);
    std::unique_ptr<QueryPool> pool(&object_of<QueryPool>(queryPool));
    context.order_after_all_channels();
    post(context, wire::Args_vkDestroyQueryPool{.device = device, .queryPool = queryPool});
    context.recycle_id(pool->id);
}

VKAPI_ATTR VkResult VKAPI_CALL entry_vkGetQueryPoolResults(VkDevice device, VkQueryPool queryPool,
                                                           uint32_t firstQuery, uint32_t queryCount,
                                                           size_t dataSize, void* pData,
                                                           VkDeviceSize stride,
                                                           VkQueryResultFlags flags) {
    (void)dataSize;
    QueryPool& pool = object_of<QueryPool>(queryPool);
    if (firstQuery >= pool.count || queryCount == 0) return posted(context_of(device));
    const QueryResults::Target target{firstQuery, std::min(queryCount, pool.count - firstQuery),
                                      pData, stride, flags};
    return QueryResults(object_of<Device>(device), pool, target).get();
}

VKAPI_ATTR void VKAPI_CALL entry_vkResetQueryPool(VkDevice device, VkQueryPool queryPool,
                                                  uint32_t firstQuery, uint32_t queryCount) {
    object_of<QueryPool>(queryPool).known.forget(firstQuery, queryCount);
    post(context_of(device), wire::Args_vkResetQueryPool{.device = device,
                                                         .queryPool = queryPool,
                                                         .firstQuery = firstQuery,
                                                         .queryCount = queryCount});
}

VKAPI_ATTR void VKAPI_CALL entry_vkCmdBeginQuery(VkCommandBuffer commandBuffer,
                                                 VkQueryPool queryPool, uint32_t query,
                                                 VkQueryControlFlags flags) {
    note(commandBuffer, queryPool, query, 1);
    record(commandBuffer, wire::Args_vkCmdBeginQuery{.commandBuffer = commandBuffer,
                                                     .queryPool = queryPool,
                                                     .query = query,
                                                     .flags = flags});
}

VKAPI_ATTR void VKAPI_CALL entry_vkCmdEndQuery(VkCommandBuffer commandBuffer, VkQueryPool queryPool,
                                               uint32_t query) {
    note(commandBuffer, queryPool, query, 1);
    record(commandBuffer,
           wire::Args_vkCmdEndQuery{
               .commandBuffer = commandBuffer, .queryPool = queryPool, .query = query});
}

VKAPI_ATTR void VKAPI_CALL entry_vkCmdBeginQueryIndexedEXT(VkCommandBuffer commandBuffer,
                                                           VkQueryPool queryPool, uint32_t query,
                                                           VkQueryControlFlags flags,
                                                           uint32_t index) {
    note(commandBuffer, queryPool, query, 1);
    record(commandBuffer, wire::Args_vkCmdBeginQueryIndexedEXT{.commandBuffer = commandBuffer,
                                                               .queryPool = queryPool,
                                                               .query = query,
                                                               .flags = flags,
                                                               .index = index});
}

VKAPI_ATTR void VKAPI_CALL entry_vkCmdEndQueryIndexedEXT(VkCommandBuffer commandBuffer,
                                                         VkQueryPool queryPool, uint32_t query,
                                                         uint32_t index) {
    note(commandBuffer, queryPool, query, 1);
    record(commandBuffer, wire::Args_vkCmdEndQueryIndexedEXT{.commandBuffer = commandBuffer,
                                                             .queryPool = queryPool,
                                                             .query = query,
                                                             .index = index});
}

VKAPI_ATTR void VKAPI_CALL entry_vkCmdResetQueryPool(VkCommandBuffer commandBuffer,
                                                     VkQueryPool queryPool, uint32_t firstQuery,
                                                     uint32_t queryCount) {
    note(commandBuffer, queryPool, firstQuery, queryCount);
    record(commandBuffer, wire::Args_vkCmdResetQueryPool{.commandBuffer = commandBuffer,
                                                         .queryPool = queryPool,
                                                         .firstQuery = firstQuery,
                                                         .queryCount = queryCount});
}

VKAPI_ATTR void VKAPI_CALL entry_vkCmdWriteAccelerationStructuresPropertiesKHR(
    VkCommandBuffer commandBuffer, uint32_t accelerationStructureCount,
    const VkAccelerationStructureKHR* pAccelerationStructures, VkQueryType queryType,
    VkQueryPool queryPool, uint32_t firstQuery) {
    note(commandBuffer, queryPool, firstQuery, accelerationStructureCount);
    record(commandBuffer, wire::Args_vkCmdWriteAccelerationStructuresPropertiesKHR{
                              .commandBuffer = commandBuffer,
                              .accelerationStructureCount = accelerationStructureCount,
                              .pAccelerationStructures = pAccelerationStructures,
                              .queryType = queryType,
                              .queryPool = queryPool,
                              .firstQuery = firstQuery});
}

VKAPI_ATTR void VKAPI_CALL entry_vkCmdWriteAccelerationStructuresPropertiesNV(
    VkCommandBuffer commandBuffer, uint32_t accelerationStructureCount,
    const VkAccelerationStructureNV* pAccelerationStructures, VkQueryType queryType,
    VkQueryPool queryPool, uint32_t firstQuery) {
    note(commandBuffer, queryPool, firstQuery, accelerationStructureCount);
    record(commandBuffer, wire::Args_vkCmdWriteAccelerationStructuresPropertiesNV{
                              .commandBuffer = commandBuffer,
                              .accelerationStructureCount = accelerationStructureCount,
                              .pAccelerationStructures = pAccelerationStructures,
                              .queryType = queryType,
                              .queryPool = queryPool,
                              .firstQuery = firstQuery});
}

VKAPI_ATTR void VKAPI_CALL entry_vkCmdWriteMicromapsPropertiesEXT(
    VkCommandBuffer commandBuffer, uint32_t micromapCount, const VkMicromapEXT* pMicromaps,
    VkQueryType queryType, VkQueryPool queryPool, uint32_t firstQuery) {
    note(commandBuffer, queryPool, firstQuery, micromapCount);
    record(commandBuffer,
           wire::Args_vkCmdWriteMicromapsPropertiesEXT{.commandBuffer = commandBuffer,
                                                       .micromapCount = micromapCount,
                                                       .pMicromaps = pMicromaps,
                                                       .queryType = queryType,
                                                       .queryPool = queryPool,
                                                       .firstQuery = firstQuery});
}

VKAPI_ATTR void VKAPI_CALL entry_vkCmdWriteTimestamp(VkCommandBuffer commandBuffer,
                                                     VkPipelineStageFlagBits pipelineStage,
                                                     VkQueryPool queryPool, uint32_t query) {
    note(commandBuffer, queryPool, query, 1);
    record(commandBuffer, wire::Args_vkCmdWriteTimestamp{.commandBuffer = commandBuffer,
                                                         .pipelineStage = pipelineStage,
                                                         .queryPool = queryPool,
                                                         .query = query});
}

VKAPI_ATTR void VKAPI_CALL entry_vkCmdWriteTimestamp2(VkCommandBuffer commandBuffer,
                                                      VkPipelineStageFlags2 stage,
                                                      VkQueryPool queryPool, uint32_t query) {
    note(commandBuffer, queryPool, query, 1);
    record(commandBuffer, wire::Args_vkCmdWriteTimestamp2{.commandBuffer = commandBuffer,
                                                          .stage = stage,
                                                          .queryPool = queryPool,
                                                          .query = query});
}

}  // namespace vgpu::icd
