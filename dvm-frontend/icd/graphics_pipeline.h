// Leaves out of a graphics pipeline's description what Vulkan ignores, which may point anywhere.
#pragma once

#include <vulkan/vulkan.h>

namespace vgpu::icd {

// The description as it is sent, and the parts of it that differ from the application's. To be
// left where it is once it is filled: it points into itself.
struct SentGraphicsPipeline {
    VkGraphicsPipelineCreateInfo info;
    VkPipelineViewportStateCreateInfo viewport;
    VkPipelineMultisampleStateCreateInfo multisample;
    VkPipelineColorBlendStateCreateInfo color_blend;
    VkPipelineRenderingCreateInfo rendering;
};

// Fills `sent` (VkGraphicsPipelineCreateInfo in the Vulkan specification says which pointer is
// ignored when). What depends on the attachments of a VkRenderPass is kept: the guest does not
// know them.
void describe(const VkGraphicsPipelineCreateInfo& info, SentGraphicsPipeline& sent);

}  // namespace vgpu::icd
