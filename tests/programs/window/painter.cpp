// Records a turning star on a changing background.
#include "window/painter.h"

#include <cstdint>

#include "common/commands.h"
#include "fan_vertex.h"
#include "flat_color.h"

namespace vgpu::programs {

namespace {

// The push constants of fan_vertex.vert.
struct FanPush {
    float color[4];
    float radius;
    float turn;
};
constexpr VkPushConstantRange kPush{VK_SHADER_STAGE_VERTEX_BIT, 0, sizeof(FanPush)};

RenderPass make_pass(const Gpu& gpu, VkFormat format, VkImageLayout final_layout) {
    VkAttachmentDescription color{};
    color.format = format;
    color.samples = VK_SAMPLE_COUNT_1_BIT;
    color.loadOp = VK_ATTACHMENT_LOAD_OP_CLEAR;
    color.storeOp = VK_ATTACHMENT_STORE_OP_STORE;
    color.stencilLoadOp = VK_ATTACHMENT_LOAD_OP_DONT_CARE;
    color.stencilStoreOp = VK_ATTACHMENT_STORE_OP_DONT_CARE;
    color.finalLayout = final_layout;
    const VkAttachmentReference reference{0, kColorTarget.layout};
    VkSubpassDescription subpass{};
    subpass.colorAttachmentCount = 1;
    subpass.pColorAttachments = &reference;
    // The image is there from colour output on, where the submit waits for its acquisition.
    const VkSubpassDependency dependencies[] = {
        {VK_SUBPASS_EXTERNAL, 0, kColorTarget.stage, kColorTarget.stage, 0, kColorTarget.access, 0},
        {0, VK_SUBPASS_EXTERNAL, kColorTarget.stage, kCopySource.stage, kColorTarget.access,
         kCopySource.access, 0}};
    VkRenderPassCreateInfo info{VK_STRUCTURE_TYPE_RENDER_PASS_CREATE_INFO};
    info.attachmentCount = 1;
    info.pAttachments = &color;
    info.subpassCount = 1;
    info.pSubpasses = &subpass;
    info.dependencyCount = 2;
    info.pDependencies = dependencies;
    return RenderPass(gpu.device(), info);
}

}  // namespace

Painter::Painter(const Gpu& gpu, VkFormat format, VkImageLayout final_layout)
    : gpu_(gpu),
      pass_(make_pass(gpu, format, final_layout)),
      layout_(make_layout(gpu, {}, std::span(&kPush, 1))) {
    GraphicsSpec spec;
    spec.vertex = fan_vertex;
    spec.fragment = flat_color;
    spec.extent = {1, 1};
    spec.dynamic = {VK_DYNAMIC_STATE_VIEWPORT, VK_DYNAMIC_STATE_SCISSOR};
    spec.layout = layout_;
    spec.pass = pass_;
    pipeline_ = make_graphics_pipeline(gpu, spec);
}

Framebuffer Painter::make_framebuffer(VkImageView view, VkExtent2D extent) const {
    VkFramebufferCreateInfo info{VK_STRUCTURE_TYPE_FRAMEBUFFER_CREATE_INFO};
    info.renderPass = pass_;
    info.attachmentCount = 1;
    info.pAttachments = &view;
    info.width = extent.width;
    info.height = extent.height;
    info.layers = 1;
    return Framebuffer(gpu_.device(), info);
}

void Painter::record(VkCommandBuffer commands, VkFramebuffer target, VkExtent2D extent,
                     std::uint32_t frame) const {
    VkClearValue clear;
    clear.color = {{0.1f, static_cast<float>(frame % 16) / 32.0f, 0.3f, 1.0f}};
    VkRenderPassBeginInfo info{VK_STRUCTURE_TYPE_RENDER_PASS_BEGIN_INFO};
    info.renderPass = pass_;
    info.framebuffer = target;
    info.renderArea = {{0, 0}, extent};
    info.clearValueCount = 1;
    info.pClearValues = &clear;
    const VkViewport viewport{
        0.0f, 0.0f, static_cast<float>(extent.width), static_cast<float>(extent.height),
        0.0f, 1.0f};
    const VkRect2D scissor{{0, 0}, extent};
    const FanPush push{{1.0f, 0.7f, 0.2f, 1.0f}, 0.9f, static_cast<float>(frame) * 0.1f};
    vkCmdBeginRenderPass(commands, &info, VK_SUBPASS_CONTENTS_INLINE);
    vkCmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_GRAPHICS, pipeline_);
    vkCmdSetViewport(commands, 0, 1, &viewport);
    vkCmdSetScissor(commands, 0, 1, &scissor);
    vkCmdPushConstants(commands, layout_, kPush.stageFlags, 0, kPush.size, &push);
    vkCmdDraw(commands, 12, 1, 0, 0);
    vkCmdEndRenderPass(commands);
}

}  // namespace vgpu::programs
