// Render passes of both kinds, framebuffers, and pipelines made several at once.
#include <array>
#include <cstdint>

#include "common/memory.h"
#include "common/pipelines.h"
#include "geometry_free.h"
#include "objects/parts.h"
#include "white.h"

namespace vgpu::programs {

namespace {

constexpr VkExtent2D kExtent{64, 48};
constexpr VkFormat kColor = VK_FORMAT_R8G8B8A8_UNORM;

// Three subpasses in a row with dependencies between all of them, and one that preserves.
RenderPass classic_pass(const Gpu& gpu) {
    VkAttachmentDescription color{};
    color.format = kColor;
    color.samples = VK_SAMPLE_COUNT_1_BIT;
    color.loadOp = VK_ATTACHMENT_LOAD_OP_CLEAR;
    color.finalLayout = VK_IMAGE_LAYOUT_GENERAL;
    const VkAttachmentDescription attachments[] = {color, color};
    const VkAttachmentReference first{0, VK_IMAGE_LAYOUT_COLOR_ATTACHMENT_OPTIMAL};
    const VkAttachmentReference second{1, VK_IMAGE_LAYOUT_COLOR_ATTACHMENT_OPTIMAL};
    const VkAttachmentReference unused{VK_ATTACHMENT_UNUSED, VK_IMAGE_LAYOUT_UNDEFINED};
    const VkAttachmentReference with_unused[] = {first, unused};
    const std::uint32_t kept = 0;
    VkSubpassDescription subpasses[3]{};
    subpasses[0].colorAttachmentCount = 2;
    subpasses[0].pColorAttachments = with_unused;
    subpasses[1].colorAttachmentCount = 1;
    subpasses[1].pColorAttachments = &second;
    subpasses[1].preserveAttachmentCount = 1;
    subpasses[1].pPreserveAttachments = &kept;
    subpasses[2].colorAttachmentCount = 1;
    subpasses[2].pColorAttachments = &first;
    std::array<VkSubpassDependency, 2> dependencies{};
    for (std::uint32_t i = 0; i < 2; ++i)
        dependencies[i] = {i,
                           i + 1,
                           VK_PIPELINE_STAGE_COLOR_ATTACHMENT_OUTPUT_BIT,
                           VK_PIPELINE_STAGE_COLOR_ATTACHMENT_OUTPUT_BIT,
                           VK_ACCESS_COLOR_ATTACHMENT_WRITE_BIT,
                           VK_ACCESS_COLOR_ATTACHMENT_WRITE_BIT,
                           VK_DEPENDENCY_BY_REGION_BIT};
    VkRenderPassCreateInfo info{VK_STRUCTURE_TYPE_RENDER_PASS_CREATE_INFO};
    info.attachmentCount = 2;
    info.pAttachments = attachments;
    info.subpassCount = 3;
    info.pSubpasses = subpasses;
    info.dependencyCount = 2;
    info.pDependencies = dependencies.data();
    return RenderPass(gpu.device(), info);
}

// Two views at once, where multiview is offered.
void multiview_pass(const Stage& stage) {
    if (!stage.gpu.features().v11.multiview) {
        stage.report.not_offered("multiview");
        return;
    }
    VkAttachmentDescription2 color{VK_STRUCTURE_TYPE_ATTACHMENT_DESCRIPTION_2};
    color.format = kColor;
    color.samples = VK_SAMPLE_COUNT_1_BIT;
    color.loadOp = VK_ATTACHMENT_LOAD_OP_CLEAR;
    color.finalLayout = VK_IMAGE_LAYOUT_GENERAL;
    VkAttachmentReference2 reference{VK_STRUCTURE_TYPE_ATTACHMENT_REFERENCE_2};
    reference.layout = VK_IMAGE_LAYOUT_COLOR_ATTACHMENT_OPTIMAL;
    VkSubpassDescription2 subpass{VK_STRUCTURE_TYPE_SUBPASS_DESCRIPTION_2};
    subpass.viewMask = 3;
    subpass.colorAttachmentCount = 1;
    subpass.pColorAttachments = &reference;
    const std::uint32_t correlated = 3;
    VkRenderPassCreateInfo2 info{VK_STRUCTURE_TYPE_RENDER_PASS_CREATE_INFO_2};
    info.attachmentCount = 1;
    info.pAttachments = &color;
    info.subpassCount = 1;
    info.pSubpasses = &subpass;
    info.correlatedViewMaskCount = 1;
    info.pCorrelatedViewMasks = &correlated;
    const RenderPass2 pass(stage.gpu.device(), info);
    stage.report.value("multiview", "made");
}

Framebuffer framebuffer(const Gpu& gpu, VkRenderPass pass, VkImageView first, VkImageView second) {
    const VkImageView views[] = {first, second};
    VkFramebufferCreateInfo info{VK_STRUCTURE_TYPE_FRAMEBUFFER_CREATE_INFO};
    info.renderPass = pass;
    info.attachmentCount = 2;
    info.pAttachments = views;
    info.width = kExtent.width;
    info.height = kExtent.height;
    info.layers = 1;
    return Framebuffer(gpu.device(), info);
}

void classic(const Stage& stage) {
    const Gpu& gpu = stage.gpu;
    const ImageSpec spec{kColor, kExtent, VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT};
    const BoundImage first(gpu, spec), second(gpu, spec);
    const RenderPass pass = classic_pass(gpu);
    const Framebuffer target = framebuffer(gpu, pass, first.view(), second.view());
    const PipelineLayout layout = make_layout(gpu, {});
    GraphicsSpec pipeline_spec;
    pipeline_spec.vertex = geometry_free;
    pipeline_spec.fragment = white;
    pipeline_spec.extent = kExtent;
    pipeline_spec.layout = layout;
    pipeline_spec.pass = pass;
    pipeline_spec.subpass = 1;
    const GraphicsPipeline second_subpass = make_graphics_pipeline(gpu, pipeline_spec);
    pipeline_spec.subpass = 2;
    const GraphicsPipeline third_subpass = make_graphics_pipeline(gpu, pipeline_spec);
    VkExtent2D granularity{};
    vkGetRenderAreaGranularity(gpu.device(), pass, &granularity);
    stage.report.check(granularity.width > 0 && granularity.height > 0,
                       "The render area has a granularity.");
}

VkComputePipelineCreateInfo compute_info(VkPipelineLayout layout, VkShaderModule module,
                                         VkPipelineCreateFlags flags) {
    VkComputePipelineCreateInfo info{VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO};
    info.flags = flags;
    info.stage.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO;
    info.stage.stage = VK_SHADER_STAGE_COMPUTE_BIT;
    info.stage.module = module;
    info.stage.pName = "main";
    info.layout = layout;
    info.basePipelineIndex = -1;
    return info;
}

// The smallest of compute shaders, by hand: void main() {}.
constexpr std::uint32_t kNothing[] = {
    0x07230203, 0x00010000, 0,          5,          0,     // header: version 1.0, five ids
    0x00020011, 1,                                         // OpCapability Shader
    0x0003000e, 0,          1,                             // OpMemoryModel Logical GLSL450
    0x0005000f, 5,          1,          0x6e69616d, 0,     // OpEntryPoint GLCompute %1 "main"
    0x00060010, 1,          17,         1,          1, 1,  // OpExecutionMode %1 LocalSize 1 1 1
    0x00020013, 2,                                         // %2 = OpTypeVoid
    0x00030021, 3,          2,                             // %3 = OpTypeFunction %2
    0x00050036, 2,          1,          0,          3,     // %1 = OpFunction %2 None %3
    0x000200f8, 4,          0x000100fd, 0x00010038};       // %4 = OpLabel; OpReturn; OpFunctionEnd

// A parent and its derivative by one call, with feedback where Vulkan 1.3 gives it.
void several_pipelines(const Stage& stage) {
    const Gpu& gpu = stage.gpu;
    const ShaderModule module = make_shader(gpu, kNothing);
    const PipelineLayout layout = make_layout(gpu, {});
    VkComputePipelineCreateInfo infos[] = {
        compute_info(layout, module, VK_PIPELINE_CREATE_ALLOW_DERIVATIVES_BIT),
        compute_info(layout, module, VK_PIPELINE_CREATE_DERIVATIVE_BIT)};
    infos[1].basePipelineIndex = 0;
    VkPipelineCreationFeedback whole{}, stages[1]{};
    const VkPipelineCreationFeedbackCreateInfo feedback{
        VK_STRUCTURE_TYPE_PIPELINE_CREATION_FEEDBACK_CREATE_INFO, nullptr, &whole, 1, stages};
    if (gpu.api_version() >= VK_API_VERSION_1_3) infos[0].pNext = &feedback;
    VkPipeline pipelines[2];
    check(vkCreateComputePipelines(gpu.device(), VK_NULL_HANDLE, 2, infos, nullptr, pipelines));
    const auto first = ComputePipeline::adopt(gpu.device(), pipelines[0]);
    const auto second = ComputePipeline::adopt(gpu.device(), pipelines[1]);
    if (!gpu.features().v13.pipelineCreationCacheControl) return;
    infos[0].pNext = nullptr;
    infos[0].flags = VK_PIPELINE_CREATE_FAIL_ON_PIPELINE_COMPILE_REQUIRED_BIT;
    VkPipeline refused = VK_NULL_HANDLE;
    const VkResult result =
        vkCreateComputePipelines(gpu.device(), VK_NULL_HANDLE, 1, infos, nullptr, &refused);
    const auto owner = ComputePipeline::adopt(gpu.device(), refused);
    stage.report.check((result == VK_SUCCESS) == (refused != VK_NULL_HANDLE),
                       "A pipeline that was not compiled is null.");
}

}  // namespace

void passes(const Stage& stage) {
    classic(stage);
    multiview_pass(stage);
    several_pipelines(stage);
    stage.report.value("passes", "made");
}

}  // namespace vgpu::programs
