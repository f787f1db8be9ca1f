// Pipelines are posted: compiling is the longest of all commands, and nobody waits for it here.
// Only the host's gate, which looks at the shaders before that, is asked what it lets through.
#include <cstdint>

#include "entries.h"
#include "icd/forward.h"
#include "icd/graphics_pipeline.h"
#include "icd/new_ids.h"
#include "icd/pipeline_flags.h"
#include "icd/pipeline_stages.h"
#include "icd/small_array.h"
#include "icd/verdicts.h"

namespace vgpu::icd {

namespace {

// A description as it is sent, which begins as the application's.
struct SentComputePipeline {
    VkComputePipelineCreateInfo info;
};
void describe(const VkComputePipelineCreateInfo& info, SentComputePipeline& sent) {
    sent.info = info;
}

bool shaders_look_right(const VkGraphicsPipelineCreateInfo& info) {
    for (std::uint32_t i = 0; i < info.stageCount; ++i)
        if (!shader_looks_right(info.pStages[i])) return false;
    return true;
}
bool shaders_look_right(const VkComputePipelineCreateInfo& info) {
    return shader_looks_right(info.stage);
}

// VK_SUCCESS, or why this pipeline is not made.
template <typename Info>
VkResult check(const Info& info) {
    // An implementation may always need to compile, and this one cannot tell.
    if (pipeline_flags(info) & VK_PIPELINE_CREATE_FAIL_ON_PIPELINE_COMPILE_REQUIRED_BIT)
        return VK_PIPELINE_COMPILE_REQUIRED;
    return shaders_look_right(info) ? VK_SUCCESS : VK_ERROR_INVALID_SHADER_NV;
}

void send(Context& context, VkDevice device, VkPipelineCache cache, std::uint32_t count,
          const VkGraphicsPipelineCreateInfo* infos, const wire::ObjectId* ids) {
    post(context, wire::Args_vkCreateGraphicsPipelines{.device = device,
                                                       .pipelineCache = cache,
                                                       .createInfoCount = count,
                                                       .pCreateInfos = infos,
                                                       .pPipelines = ids});
}
void send(Context& context, VkDevice device, VkPipelineCache cache, std::uint32_t count,
          const VkComputePipelineCreateInfo* infos, const wire::ObjectId* ids) {
    post(context, wire::Args_vkCreateComputePipelines{.device = device,
                                                      .pipelineCache = cache,
                                                      .createInfoCount = count,
                                                      .pCreateInfos = infos,
                                                      .pPipelines = ids});
}

// One vkCreate*Pipelines. Lives on the stack of the application's thread.
template <typename Info, typename Sent>
class Creation {
  public:
    VkResult create(VkDevice device, VkPipelineCache cache, std::uint32_t count, const Info* infos,
                    VkPipeline* pipelines) {
        Context& context = context_of(device);
        for (std::uint32_t i = 0; i < count; ++i) pipelines[i] = VK_NULL_HANDLE;
        if (context.lost()) return VK_ERROR_DEVICE_LOST;
        if (!sent_.resize(count) || !infos_.resize(count) || !places_.resize(count) ||
            !verdicts_.resize(count))
            return VK_ERROR_OUT_OF_HOST_MEMORY;
        VkResult result = choose(count, infos);
        if (!take_ids(context, kept_, ids_)) return VK_ERROR_OUT_OF_HOST_MEMORY;
        if (kept_ != count) forget_indices();
        if (kept_ == 0) return result;
        send(context, device, cache, kept_, infos_.data(), ids_.data());
        if (!ask_for_verdicts(context, device, kept_, ids_.data(), verdicts_.data()))
            return VK_ERROR_DEVICE_LOST;
        take_verdicts(context, device, pipelines, result);
        return result;
    }

  private:
    // Picks the pipelines that are made, and says what became of the others.
    VkResult choose(std::uint32_t count, const Info* infos) {
        VkResult result = VK_SUCCESS;
        for (std::uint32_t i = 0; i < count; ++i) give_no_feedback(infos[i].pNext);
        for (std::uint32_t i = 0; i < count; ++i) {
            describe(infos[i], sent_[kept_]);
            const VkResult checked = check(sent_[kept_].info);
            if (checked == VK_SUCCESS) {
                infos_[kept_] = sent_[kept_].info;
                places_[kept_++] = i;
                continue;
            }
            if (result == VK_SUCCESS || checked < VK_SUCCESS) result = checked;
            if (pipeline_flags(infos[i]) & VK_PIPELINE_CREATE_EARLY_RETURN_ON_FAILURE_BIT) break;
        }
        return result;
    }

    void take_verdicts(Context& context, VkDevice device, VkPipeline* pipelines, VkResult& result) {
        bool stopped = false;
        for (std::uint32_t i = 0; i < kept_; ++i) {
            const bool refused = verdicts_[i] != VK_SUCCESS;
            if (refused) result = VK_ERROR_INVALID_SHADER_NV;
            if (!refused && !stopped) {
                pipelines[places_[i]] = handle_of<VkPipeline>(ids_[i]);
                continue;
            }
            // The host has no refused pipelines; those behind one may not be wanted.
            if (!refused)
                post(context, wire::Args_vkDestroyPipeline{
                                  .device = device, .pipeline = handle_of<VkPipeline>(ids_[i])});
            context.recycle_id(ids_[i]);
            stopped |=
                (pipeline_flags(infos_[i]) & VK_PIPELINE_CREATE_EARLY_RETURN_ON_FAILURE_BIT) != 0;
        }
    }

    // Indices of parents count pipelines that are not made: being derived only helps speed.
    void forget_indices() {
        for (std::uint32_t i = 0; i < kept_; ++i) {
            infos_[i].flags &= ~VkPipelineCreateFlags{VK_PIPELINE_CREATE_DERIVATIVE_BIT};
            infos_[i].basePipelineIndex = -1;
            infos_[i].basePipelineHandle = VK_NULL_HANDLE;
        }
    }

    SmallArray<Sent, 2> sent_;
    SmallArray<Info, 2> infos_;
    SmallArray<wire::ObjectId, 2> ids_;
    SmallArray<std::uint32_t, 2> places_;
    SmallArray<VkResult, 2> verdicts_;
    std::uint32_t kept_ = 0;
};

}  // namespace

VKAPI_ATTR VkResult VKAPI_CALL entry_vkCreateGraphicsPipelines(
    VkDevice device, VkPipelineCache pipelineCache, uint32_t createInfoCount,
    const VkGraphicsPipelineCreateInfo* pCreateInfos, const VkAllocationCallbacks* pAllocator,
    VkPipeline* pPipelines) {
    (void)pAllocator;
    Creation<VkGraphicsPipelineCreateInfo, SentGraphicsPipeline> creation;
    return creation.create(device, pipelineCache, createInfoCount, pCreateInfos, pPipelines);
}

VKAPI_ATTR VkResult VKAPI_CALL entry_vkCreateComputePipelines(
    VkDevice device, VkPipelineCache pipelineCache, uint32_t createInfoCount,
    const VkComputePipelineCreateInfo* pCreateInfos, const VkAllocationCallbacks* pAllocator,
    VkPipeline* pPipelines) {
    (void)pAllocator;
    Creation<VkComputePipelineCreateInfo, SentComputePipeline> creation;
    return creation.create(device, pipelineCache, createInfoCount, pCreateInfos, pPipelines);
}

}  // namespace vgpu::icd
