// Draws without a render pass, and synchronises and submits by the calls of Vulkan 1.3.
#include <cstdint>

#include "fan_vertex.h"
#include "flat_color.h"
#include "render/scenes.h"
#include "render/target.h"

namespace vgpu::programs {

namespace {

constexpr VkPushConstantRange kPush{VK_SHADER_STAGE_VERTEX_BIT, 0, sizeof(FanPush)};

GraphicsPipeline make_pipeline(const Gpu& gpu, VkPipelineLayout layout) {
    VkPipelineRenderingCreateInfo rendering{VK_STRUCTURE_TYPE_PIPELINE_RENDERING_CREATE_INFO};
    rendering.colorAttachmentCount = 1;
    rendering.pColorAttachmentFormats = &kColorFormat;
    GraphicsSpec spec;
    spec.vertex = fan_vertex;
    spec.fragment = flat_color;
    spec.next = &rendering;
    spec.blend = true;
    spec.dynamic = {VK_DYNAMIC_STATE_VIEWPORT_WITH_COUNT, VK_DYNAMIC_STATE_SCISSOR_WITH_COUNT,
                    VK_DYNAMIC_STATE_CULL_MODE, VK_DYNAMIC_STATE_FRONT_FACE,
                    VK_DYNAMIC_STATE_PRIMITIVE_TOPOLOGY};
    spec.extent = kExtent;
    spec.layout = layout;
    return make_graphics_pipeline(gpu, spec);
}

void change_layout(VkCommandBuffer commands, const BoundImage& image, VkPipelineStageFlags2 from,
                   VkAccessFlags2 from_access, VkImageLayout old_layout, const Use& after) {
    VkImageMemoryBarrier2 barrier{VK_STRUCTURE_TYPE_IMAGE_MEMORY_BARRIER_2};
    barrier.srcStageMask = from;
    barrier.srcAccessMask = from_access;
    barrier.dstStageMask = after.stage;
    barrier.dstAccessMask = after.access;
    barrier.oldLayout = old_layout;
    barrier.newLayout = after.layout;
    barrier.srcQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED;
    barrier.dstQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED;
    barrier.image = image.get();
    barrier.subresourceRange = image.range();
    VkDependencyInfo dependency{VK_STRUCTURE_TYPE_DEPENDENCY_INFO};
    dependency.imageMemoryBarrierCount = 1;
    dependency.pImageMemoryBarriers = &barrier;
    vkCmdPipelineBarrier2(commands, &dependency);
}

void begin_rendering(VkCommandBuffer commands, VkImageView view) {
    VkRenderingAttachmentInfo color{VK_STRUCTURE_TYPE_RENDERING_ATTACHMENT_INFO};
    color.imageView = view;
    color.imageLayout = kColorTarget.layout;
    color.loadOp = VK_ATTACHMENT_LOAD_OP_CLEAR;
    color.storeOp = VK_ATTACHMENT_STORE_OP_STORE;
    color.clearValue.color = kBackgroundColor;
    VkRenderingInfo info{VK_STRUCTURE_TYPE_RENDERING_INFO};
    info.renderArea = {{0, 0}, kExtent};
    info.layerCount = 1;
    info.colorAttachmentCount = 1;
    info.pColorAttachments = &color;
    vkCmdBeginRendering(commands, &info);
}

void draw_fans(VkCommandBuffer commands, VkPipelineLayout layout) {
    const VkViewport viewport{0.0f, 0.0f, 512.0f, 512.0f, 0.0f, 1.0f};
    const VkRect2D scissor{{16, 16}, {480, 480}};
    vkCmdSetViewportWithCount(commands, 1, &viewport);
    vkCmdSetScissorWithCount(commands, 1, &scissor);
    vkCmdSetFrontFace(commands, VK_FRONT_FACE_CLOCKWISE);
    for (int i = 0; i < 3; ++i) {
        vkCmdSetCullMode(commands, i == 1 ? VK_CULL_MODE_BACK_BIT : VK_CULL_MODE_NONE);
        vkCmdSetPrimitiveTopology(commands, i == 2 ? VK_PRIMITIVE_TOPOLOGY_TRIANGLE_STRIP
                                                   : VK_PRIMITIVE_TOPOLOGY_TRIANGLE_LIST);
        const FanPush push{
            {0.3f * static_cast<float>(i), 0.5f, 0.9f, 0.5f}, 1.0f, static_cast<float>(i) * 0.7f};
        vkCmdPushConstants(commands, layout, kPush.stageFlags, 0, kPush.size, &push);
        vkCmdDraw(commands, 9, 1, 0, 0);
    }
}

void submit2(const Gpu& gpu, VkCommandBuffer commands) {
    VkCommandBufferSubmitInfo buffer{VK_STRUCTURE_TYPE_COMMAND_BUFFER_SUBMIT_INFO};
    buffer.commandBuffer = commands;
    VkSubmitInfo2 submit{VK_STRUCTURE_TYPE_SUBMIT_INFO_2};
    submit.commandBufferInfoCount = 1;
    submit.pCommandBufferInfos = &buffer;
    check(vkQueueSubmit2(gpu.queue(), 1, &submit, VK_NULL_HANDLE));
    check(vkQueueWaitIdle(gpu.queue()));
}

}  // namespace

void dynamic_rendering(const Stage& stage) {
    const Gpu& gpu = stage.gpu;
    if (!gpu.features().v13.dynamicRendering || !gpu.features().v13.synchronization2) {
        stage.report.not_offered("dynamic_rendering");
        return;
    }
    const BoundImage image(gpu,
                           {kColorFormat, kExtent,
                            VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT | VK_IMAGE_USAGE_TRANSFER_SRC_BIT});
    const PipelineLayout layout = make_layout(gpu, {}, std::span(&kPush, 1));
    const GraphicsPipeline pipeline = make_pipeline(gpu, layout);
    const Commands pool(gpu);
    VkCommandBuffer commands = pool.allocate();
    begin(commands);
    change_layout(commands, image, VK_PIPELINE_STAGE_2_NONE, VK_ACCESS_2_NONE,
                  VK_IMAGE_LAYOUT_UNDEFINED, kColorTarget);
    begin_rendering(commands, image.view());
    vkCmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_GRAPHICS, pipeline);
    draw_fans(commands, layout);
    vkCmdEndRendering(commands);
    change_layout(commands, image, VK_PIPELINE_STAGE_2_COLOR_ATTACHMENT_OUTPUT_BIT,
                  VK_ACCESS_2_COLOR_ATTACHMENT_WRITE_BIT, kColorTarget.layout, kCopySource);
    check(vkEndCommandBuffer(commands));
    submit2(gpu, commands);

    const std::vector<std::byte> pixels = read_image(gpu, image, kCopySource);
    stage.picture("dynamic_rendering", kExtent, pixels);
    stage.report.check(pixel_at(pixels, 8, 256) == kBackground,
                       "The scissor that was set while recording holds.");
    stage.report.check(count_other_than(pixels, kBackground) > 10000,
                       "Dynamic rendering draws its triangles.");
}

}  // namespace vgpu::programs
