// What all kinds of pipelines look at before they are sent.
#pragma once

#include <vulkan/vulkan.h>

#include <algorithm>

#include "icd/spirv.h"
#include "wire/chain.h"

namespace vgpu::icd {

// The guest knows nothing of how the host compiles.
inline void give_no_feedback(const void* next) {
    const auto* feedback = find_in_chain<VkPipelineCreationFeedbackCreateInfo>(
        next, VK_STRUCTURE_TYPE_PIPELINE_CREATION_FEEDBACK_CREATE_INFO);
    if (!feedback) return;
    if (feedback->pPipelineCreationFeedback) *feedback->pPipelineCreationFeedback = {};
    if (feedback->pPipelineStageCreationFeedbacks)
        std::fill_n(feedback->pPipelineStageCreationFeedbacks,
                    feedback->pipelineStageCreationFeedbackCount, VkPipelineCreationFeedback{});
}

// False for code that is chained to the stage and is no SPIR-V.
inline bool shader_looks_right(const VkPipelineShaderStageCreateInfo& stage) {
    if (stage.module != VK_NULL_HANDLE) return true;
    const auto* code = find_in_chain<VkShaderModuleCreateInfo>(
        stage.pNext, VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO);
    return !code || looks_like_spirv(code->pCode, code->codeSize);
}

}  // namespace vgpu::icd
