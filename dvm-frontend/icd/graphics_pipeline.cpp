// Follows the Vulkan specification's rules for ignored members of VkGraphicsPipelineCreateInfo.
#include "icd/graphics_pipeline.h"

#include <cstdint>

#include "icd/pipeline_flags.h"
#include "icd/render_pass.h"
#include "wire/chain.h"

namespace vgpu::icd {

namespace {

// Which parts of a graphics pipeline the description is for.
struct Parts {
    explicit Parts(VkGraphicsPipelineLibraryFlagsEXT flags)
        : vertex_input((flags & VK_GRAPHICS_PIPELINE_LIBRARY_VERTEX_INPUT_INTERFACE_BIT_EXT) != 0),
          pre_rasterization(
              (flags & VK_GRAPHICS_PIPELINE_LIBRARY_PRE_RASTERIZATION_SHADERS_BIT_EXT) != 0),
          fragment_shader((flags & VK_GRAPHICS_PIPELINE_LIBRARY_FRAGMENT_SHADER_BIT_EXT) != 0),
          fragment_output(
              (flags & VK_GRAPHICS_PIPELINE_LIBRARY_FRAGMENT_OUTPUT_INTERFACE_BIT_EXT) != 0) {}
    bool vertex_input, pre_rasterization, fragment_shader, fragment_output;
};

// VkGraphicsPipelineLibraryCreateInfoEXT, and what its absence means.
Parts parts_of(const VkGraphicsPipelineCreateInfo& info) {
    const auto* library = find_in_chain<VkGraphicsPipelineLibraryCreateInfoEXT>(
        info.pNext, VK_STRUCTURE_TYPE_GRAPHICS_PIPELINE_LIBRARY_CREATE_INFO_EXT);
    if (library) return Parts(library->flags);
    const auto* linked = find_in_chain<VkPipelineLibraryCreateInfoKHR>(
        info.pNext, VK_STRUCTURE_TYPE_PIPELINE_LIBRARY_CREATE_INFO_KHR);
    const bool is_library = (pipeline_flags(info) & VK_PIPELINE_CREATE_LIBRARY_BIT_KHR) != 0;
    return Parts(is_library || (linked && linked->libraryCount != 0) ? 0 : ~0u);
}

bool is_dynamic(const VkGraphicsPipelineCreateInfo& info, VkDynamicState state) {
    const VkPipelineDynamicStateCreateInfo* dynamic = info.pDynamicState;
    if (!dynamic) return false;
    for (std::uint32_t i = 0; i < dynamic->dynamicStateCount; ++i)
        if (dynamic->pDynamicStates[i] == state) return true;
    return false;
}

VkShaderStageFlags stages_of(const VkGraphicsPipelineCreateInfo& info) {
    VkShaderStageFlags stages = 0;
    for (std::uint32_t i = 0; i < info.stageCount; ++i) stages |= info.pStages[i].stage;
    return stages;
}

void leave_out_vertex_input(VkGraphicsPipelineCreateInfo& info, const Parts& parts) {
    constexpr VkShaderStageFlags kMesh = VK_SHADER_STAGE_MESH_BIT_EXT;
    if (!parts.vertex_input || (stages_of(info) & kMesh) != 0) {
        info.pVertexInputState = nullptr;
        info.pInputAssemblyState = nullptr;
    } else if (is_dynamic(info, VK_DYNAMIC_STATE_VERTEX_INPUT_EXT)) {
        info.pVertexInputState = nullptr;
    }
}

void leave_out_pre_rasterization(VkGraphicsPipelineCreateInfo& info, const Parts& parts) {
    constexpr VkShaderStageFlags kTessellation =
        VK_SHADER_STAGE_TESSELLATION_CONTROL_BIT | VK_SHADER_STAGE_TESSELLATION_EVALUATION_BIT;
    if (!parts.pre_rasterization) {
        info.pViewportState = nullptr;
        info.pRasterizationState = nullptr;
    }
    if (!parts.pre_rasterization || (stages_of(info) & kTessellation) != kTessellation)
        info.pTessellationState = nullptr;
}

// Rasterisation that is off for good has no use for what comes after it.
bool rasterizes(const VkGraphicsPipelineCreateInfo& info) {
    return !info.pRasterizationState || !info.pRasterizationState->rasterizerDiscardEnable ||
           is_dynamic(info, VK_DYNAMIC_STATE_RASTERIZER_DISCARD_ENABLE);
}

void leave_out_fragments(VkGraphicsPipelineCreateInfo& info, const Parts& parts) {
    const bool rasterized = rasterizes(info);
    if (!rasterized) info.pViewportState = nullptr;
    if (!rasterized || !(parts.fragment_shader || parts.fragment_output))
        info.pMultisampleState = nullptr;
    if (!rasterized || !parts.fragment_shader) info.pDepthStencilState = nullptr;
    if (!rasterized || !parts.fragment_output) info.pColorBlendState = nullptr;
}

// With dynamic rendering the description names the attachments itself, else the render pass knows.
RenderPass::Subpass attachments_of(const VkGraphicsPipelineCreateInfo& info,
                                   const VkPipelineRenderingCreateInfo* rendering) {
    if (info.renderPass != VK_NULL_HANDLE)
        return object_of<RenderPass>(info.renderPass).subpass(info.subpass);
    if (!rendering) return {};
    return {rendering->colorAttachmentCount != 0,
            rendering->depthAttachmentFormat != VK_FORMAT_UNDEFINED ||
                rendering->stencilAttachmentFormat != VK_FORMAT_UNDEFINED};
}

void leave_out_without_attachments(VkGraphicsPipelineCreateInfo& info, const Parts& parts,
                                   const VkPipelineRenderingCreateInfo* rendering) {
    if (!parts.fragment_output && info.renderPass == VK_NULL_HANDLE) return;
    const RenderPass::Subpass attachments = attachments_of(info, rendering);
    if (!attachments.color) info.pColorBlendState = nullptr;
    if (parts.fragment_shader && !attachments.depth_stencil) info.pDepthStencilState = nullptr;
}

void send_viewport(SentGraphicsPipeline& sent) {
    if (!sent.info.pViewportState) return;
    sent.viewport = *sent.info.pViewportState;
    if (is_dynamic(sent.info, VK_DYNAMIC_STATE_VIEWPORT) ||
        is_dynamic(sent.info, VK_DYNAMIC_STATE_VIEWPORT_WITH_COUNT))
        sent.viewport.pViewports = nullptr;
    if (is_dynamic(sent.info, VK_DYNAMIC_STATE_SCISSOR) ||
        is_dynamic(sent.info, VK_DYNAMIC_STATE_SCISSOR_WITH_COUNT))
        sent.viewport.pScissors = nullptr;
    sent.info.pViewportState = &sent.viewport;
}

void send_multisample(SentGraphicsPipeline& sent) {
    if (!sent.info.pMultisampleState || !is_dynamic(sent.info, VK_DYNAMIC_STATE_SAMPLE_MASK_EXT))
        return;
    sent.multisample = *sent.info.pMultisampleState;
    sent.multisample.pSampleMask = nullptr;
    sent.info.pMultisampleState = &sent.multisample;
}

void send_color_blend(SentGraphicsPipeline& sent) {
    if (!sent.info.pColorBlendState ||
        !is_dynamic(sent.info, VK_DYNAMIC_STATE_COLOR_BLEND_ENABLE_EXT) ||
        !is_dynamic(sent.info, VK_DYNAMIC_STATE_COLOR_BLEND_EQUATION_EXT) ||
        !is_dynamic(sent.info, VK_DYNAMIC_STATE_COLOR_WRITE_MASK_EXT))
        return;
    sent.color_blend = *sent.info.pColorBlendState;
    sent.color_blend.pAttachments = nullptr;
    sent.info.pColorBlendState = &sent.color_blend;
}

// The formats are ignored with a render pass, and by a library without the output's interface.
// Only the first structure of a type is sent, so a copy in front hides the application's.
void send_rendering(SentGraphicsPipeline& sent, const Parts& parts,
                    const VkPipelineRenderingCreateInfo* rendering) {
    if (!rendering || (parts.fragment_output && sent.info.renderPass == VK_NULL_HANDLE)) return;
    sent.rendering = {.sType = VK_STRUCTURE_TYPE_PIPELINE_RENDERING_CREATE_INFO,
                      .pNext = sent.info.pNext,
                      .viewMask = rendering->viewMask};
    sent.info.pNext = &sent.rendering;
}

}  // namespace

void describe(const VkGraphicsPipelineCreateInfo& info, SentGraphicsPipeline& sent) {
    const Parts parts = parts_of(info);
    const auto* rendering = find_in_chain<VkPipelineRenderingCreateInfo>(
        info.pNext, VK_STRUCTURE_TYPE_PIPELINE_RENDERING_CREATE_INFO);
    sent.info = info;
    const bool shaders = parts.pre_rasterization || parts.fragment_shader;
    if (!shaders) {
        sent.info.stageCount = 0;
        sent.info.pStages = nullptr;
    }
    // Linking takes the layout of its libraries where it has none of its own.
    if (!shaders && parts.vertex_input) sent.info.layout = VK_NULL_HANDLE;
    if (!shaders && !parts.fragment_output) sent.info.renderPass = VK_NULL_HANDLE;
    leave_out_vertex_input(sent.info, parts);
    leave_out_pre_rasterization(sent.info, parts);
    leave_out_fragments(sent.info, parts);
    leave_out_without_attachments(sent.info, parts, rendering);
    send_viewport(sent);
    send_multisample(sent);
    send_color_blend(sent);
    send_rendering(sent, parts, rendering);
}

}  // namespace vgpu::icd
