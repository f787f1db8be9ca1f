// Graphics pipelines whose unused state points nowhere.
#include <cstdint>

#include "common/commands.h"
#include "common/pipelines.h"
#include "errors/parts.h"
#include "paint.h"
#include "point.h"

namespace vgpu::programs {

namespace {

RenderPass make_pass(const Gpu& gpu, bool with_color) {
    VkAttachmentDescription color{};
    color.format = VK_FORMAT_R8G8B8A8_UNORM;
    color.samples = VK_SAMPLE_COUNT_1_BIT;
    color.loadOp = VK_ATTACHMENT_LOAD_OP_CLEAR;
    color.finalLayout = VK_IMAGE_LAYOUT_GENERAL;
    const VkAttachmentReference reference{0, VK_IMAGE_LAYOUT_COLOR_ATTACHMENT_OPTIMAL};
    VkSubpassDescription subpass{};
    subpass.colorAttachmentCount = with_color ? 1 : 0;
    subpass.pColorAttachments = with_color ? &reference : garbage_pointer<VkAttachmentReference>();
    VkRenderPassCreateInfo info{VK_STRUCTURE_TYPE_RENDER_PASS_CREATE_INFO};
    info.attachmentCount = with_color ? 1 : 0;
    info.pAttachments = with_color ? &color : garbage_pointer<VkAttachmentDescription>();
    info.subpassCount = 1;
    info.pSubpasses = &subpass;
    return RenderPass(gpu.device(), info);
}

// The pieces that every pipeline here shares, and a create-info full of garbage.
struct Pieces {
    explicit Pieces(const Gpu& gpu)
        : vertex(make_shader(gpu, point)),
          fragment(make_shader(gpu, paint)),
          layout(make_layout(gpu, {})) {
        const VkShaderModule modules[] = {vertex, fragment};
        for (int i = 0; i < 2; ++i) {
            stages[i] = {VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO};
            stages[i].stage = i == 0 ? VK_SHADER_STAGE_VERTEX_BIT : VK_SHADER_STAGE_FRAGMENT_BIT;
            stages[i].module = modules[i];
            stages[i].pName = "main";
        }
        assembly.topology = VK_PRIMITIVE_TOPOLOGY_TRIANGLE_LIST;
        raster.lineWidth = 1.0f;
        samples.rasterizationSamples = VK_SAMPLE_COUNT_1_BIT;
    }

    VkGraphicsPipelineCreateInfo info(VkRenderPass pass, std::uint32_t stage_count) const {
        VkGraphicsPipelineCreateInfo info{VK_STRUCTURE_TYPE_GRAPHICS_PIPELINE_CREATE_INFO};
        info.stageCount = stage_count;
        info.pStages = stages;
        info.pVertexInputState = &input;
        info.pInputAssemblyState = &assembly;
        info.pTessellationState = garbage_pointer<VkPipelineTessellationStateCreateInfo>();
        info.pViewportState = garbage_pointer<VkPipelineViewportStateCreateInfo>();
        info.pRasterizationState = &raster;
        info.pMultisampleState = garbage_pointer<VkPipelineMultisampleStateCreateInfo>();
        info.pDepthStencilState = garbage_pointer<VkPipelineDepthStencilStateCreateInfo>();
        info.pColorBlendState = garbage_pointer<VkPipelineColorBlendStateCreateInfo>();
        info.layout = layout;
        info.renderPass = pass;
        // Not a derivative: its base is nobody's business.
        info.basePipelineHandle = garbage_handle<VkPipeline>();
        info.basePipelineIndex = 1234;
        return info;
    }

    ShaderModule vertex, fragment;
    PipelineLayout layout;
    VkPipelineShaderStageCreateInfo stages[2];
    VkPipelineVertexInputStateCreateInfo input{
        VK_STRUCTURE_TYPE_PIPELINE_VERTEX_INPUT_STATE_CREATE_INFO};
    VkPipelineInputAssemblyStateCreateInfo assembly{
        VK_STRUCTURE_TYPE_PIPELINE_INPUT_ASSEMBLY_STATE_CREATE_INFO};
    VkPipelineRasterizationStateCreateInfo raster{
        VK_STRUCTURE_TYPE_PIPELINE_RASTERIZATION_STATE_CREATE_INFO};
    VkPipelineMultisampleStateCreateInfo samples{
        VK_STRUCTURE_TYPE_PIPELINE_MULTISAMPLE_STATE_CREATE_INFO};
};

// Nothing is rasterized, so nothing of what comes after is looked at.
void rasterizer_discard(const Stage& stage) {
    const RenderPass pass = make_pass(stage.gpu, true);
    Pieces pieces(stage.gpu);
    pieces.raster.rasterizerDiscardEnable = VK_TRUE;
    VkGraphicsPipelineCreateInfo info = pieces.info(pass, 1);
    // The validation layer of 1.3.239 follows this pointer though the specification forbids it.
    if (stage.validated) info.pMultisampleState = nullptr;
    const GraphicsPipeline pipeline(stage.gpu.device(), info);
}

// A subpass with no attachments has neither depth nor blending.
void no_attachments(const Stage& stage) {
    const RenderPass pass = make_pass(stage.gpu, false);
    const Pieces pieces(stage.gpu);
    const VkViewport viewport{0, 0, 16, 16, 0, 1};
    const VkRect2D scissor{{0, 0}, {16, 16}};
    VkPipelineViewportStateCreateInfo viewports{
        VK_STRUCTURE_TYPE_PIPELINE_VIEWPORT_STATE_CREATE_INFO,
        nullptr,
        0,
        1,
        &viewport,
        1,
        &scissor};
    VkGraphicsPipelineCreateInfo info = pieces.info(pass, 1);
    info.pViewportState = &viewports;
    info.pMultisampleState = &pieces.samples;
    const GraphicsPipeline pipeline(stage.gpu.device(), info);
}

// State that is set while recording is not read when the pipeline is made.
void dynamic_state(const Stage& stage) {
    const RenderPass pass = make_pass(stage.gpu, true);
    const Pieces pieces(stage.gpu);
    const VkPipelineViewportStateCreateInfo viewports{
        VK_STRUCTURE_TYPE_PIPELINE_VIEWPORT_STATE_CREATE_INFO,
        nullptr,
        0,
        1,
        garbage_pointer<VkViewport>(),
        1,
        garbage_pointer<VkRect2D>()};
    VkPipelineColorBlendAttachmentState plain{};
    plain.colorWriteMask = VK_COLOR_COMPONENT_R_BIT;
    VkPipelineColorBlendStateCreateInfo blending{
        VK_STRUCTURE_TYPE_PIPELINE_COLOR_BLEND_STATE_CREATE_INFO};
    blending.attachmentCount = 1;
    blending.pAttachments = &plain;
    const VkDynamicState states[] = {VK_DYNAMIC_STATE_VIEWPORT, VK_DYNAMIC_STATE_SCISSOR};
    const VkPipelineDynamicStateCreateInfo dynamic{
        VK_STRUCTURE_TYPE_PIPELINE_DYNAMIC_STATE_CREATE_INFO, nullptr, 0, 2, states};
    VkGraphicsPipelineCreateInfo info = pieces.info(pass, 2);
    info.pViewportState = &viewports;
    info.pMultisampleState = &pieces.samples;
    info.pColorBlendState = &blending;
    info.pDynamicState = &dynamic;
    const GraphicsPipeline pipeline(stage.gpu.device(), info);
}

// With no attachment that is cleared, the clear values are not read.
void clear_values(const Stage& stage) {
    const RenderPass pass = make_pass(stage.gpu, false);
    VkFramebufferCreateInfo target_info{VK_STRUCTURE_TYPE_FRAMEBUFFER_CREATE_INFO};
    target_info.renderPass = pass;
    target_info.pAttachments = garbage_pointer<VkImageView>();
    target_info.width = target_info.height = 16;
    target_info.layers = 1;
    const Framebuffer target(stage.gpu.device(), target_info);
    run_once(stage.gpu, [&](VkCommandBuffer commands) {
        VkRenderPassBeginInfo info{VK_STRUCTURE_TYPE_RENDER_PASS_BEGIN_INFO};
        info.renderPass = pass;
        info.framebuffer = target;
        info.renderArea = {{0, 0}, {16, 16}};
        info.pClearValues = garbage_pointer<VkClearValue>();
        vkCmdBeginRenderPass(commands, &info, VK_SUBPASS_CONTENTS_INLINE);
        vkCmdEndRenderPass(commands);
    });
}

}  // namespace

void ignored_pipeline_state(const Stage& stage) {
    rasterizer_discard(stage);
    no_attachments(stage);
    dynamic_state(stage);
    clear_values(stage);
    stage.report.value("ignored_pipeline_state", "ignored");
}

}  // namespace vgpu::programs
