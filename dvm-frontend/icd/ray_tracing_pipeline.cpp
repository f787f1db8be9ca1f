// Ray tracing pipelines are posted as the others are.
#include <algorithm>

#include "entries.h"
#include "icd/forward.h"
#include "icd/new_ids.h"
#include "icd/pipeline_flags.h"
#include "icd/pipeline_stages.h"
#include "icd/small_array.h"
#include "icd/verdicts.h"

namespace vgpu::icd {

namespace {

// VK_SUCCESS, or why none of them is made: parents are named by index, so they stay together.
template <typename Info>
VkResult check(std::uint32_t count, const Info* infos) {
    for (std::uint32_t i = 0; i < count; ++i) {
        give_no_feedback(infos[i].pNext);
        // An implementation may always need to compile, and this one cannot tell.
        if (pipeline_flags(infos[i]) & VK_PIPELINE_CREATE_FAIL_ON_PIPELINE_COMPILE_REQUIRED_BIT)
            return VK_PIPELINE_COMPILE_REQUIRED;
        if (!std::all_of(infos[i].pStages, infos[i].pStages + infos[i].stageCount,
                         shader_looks_right))
            return VK_ERROR_INVALID_SHADER_NV;
    }
    return VK_SUCCESS;
}

template <typename Args, typename Info>
VkResult create(VkDevice device, VkPipelineCache cache, std::uint32_t count, const Info* infos,
                VkPipeline* pipelines) {
    Context& context = context_of(device);
    std::fill_n(pipelines, count, VkPipeline{});
    if (context.lost()) return VK_ERROR_DEVICE_LOST;
    const VkResult checked = check(count, infos);
    if (checked != VK_SUCCESS) return checked;
    SmallArray<wire::ObjectId, 4> ids;
    SmallArray<VkResult, 4> verdicts;
    if (!verdicts.resize(count) || !take_ids(context, count, ids))
        return VK_ERROR_OUT_OF_HOST_MEMORY;
    Args args{};
    args.device = device;
    args.pipelineCache = cache;
    args.createInfoCount = count;
    args.pCreateInfos = infos;
    args.pPipelines = ids.data();
    post(context, args);
    const VkResult verdict = ask_for_verdict(context, device, count, ids.data(), verdicts.data());
    if (verdict != VK_SUCCESS) return verdict;
    for (std::uint32_t i = 0; i < count; ++i) pipelines[i] = handle_of<VkPipeline>(ids[i]);
    return VK_SUCCESS;
}

}  // namespace

VKAPI_ATTR VkResult VKAPI_CALL entry_vkCreateRayTracingPipelinesKHR(
    VkDevice device, VkDeferredOperationKHR deferredOperation, VkPipelineCache pipelineCache,
    uint32_t createInfoCount, const VkRayTracingPipelineCreateInfoKHR* pCreateInfos,
    const VkAllocationCallbacks* pAllocator, VkPipeline* pPipelines) {
    (void)pAllocator;
    const VkResult result = create<wire::Args_vkCreateRayTracingPipelinesKHR>(
        device, pipelineCache, createInfoCount, pCreateInfos, pPipelines);
    const bool not_deferred = result == VK_SUCCESS && deferredOperation != VK_NULL_HANDLE;
    return not_deferred ? VK_OPERATION_NOT_DEFERRED_KHR : result;
}

VKAPI_ATTR VkResult VKAPI_CALL entry_vkCreateRayTracingPipelinesNV(
    VkDevice device, VkPipelineCache pipelineCache, uint32_t createInfoCount,
    const VkRayTracingPipelineCreateInfoNV* pCreateInfos, const VkAllocationCallbacks* pAllocator,
    VkPipeline* pPipelines) {
    (void)pAllocator;
    return create<wire::Args_vkCreateRayTracingPipelinesNV>(device, pipelineCache, createInfoCount,
                                                            pCreateInfos, pPipelines);
}

}  // namespace vgpu::icd
