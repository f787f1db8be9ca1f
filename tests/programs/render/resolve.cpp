// Draws with four samples a pixel and lets the render pass resolve them.
#include <cstdint>
#include <set>

#include "fan_vertex.h"
#include "flat_color.h"
#include "render/scenes.h"
#include "render/target.h"

namespace vgpu::programs {

namespace {

constexpr VkPushConstantRange kPush{VK_SHADER_STAGE_VERTEX_BIT, 0, sizeof(FanPush)};
constexpr VkSampleCountFlagBits kSamples = VK_SAMPLE_COUNT_4_BIT;  // every driver must offer it

// Attachment 0 has the samples and is thrown away, attachment 1 gets the resolved picture.
RenderPass make_pass(const Gpu& gpu) {
    VkAttachmentDescription attachments[2]{};
    attachments[0].format = kColorFormat;
    attachments[0].samples = kSamples;
    attachments[0].loadOp = VK_ATTACHMENT_LOAD_OP_CLEAR;
    attachments[0].storeOp = VK_ATTACHMENT_STORE_OP_DONT_CARE;
    attachments[0].finalLayout = kColorTarget.layout;
    attachments[1].format = kColorFormat;
    attachments[1].samples = VK_SAMPLE_COUNT_1_BIT;
    attachments[1].loadOp = VK_ATTACHMENT_LOAD_OP_DONT_CARE;
    attachments[1].storeOp = VK_ATTACHMENT_STORE_OP_STORE;
    attachments[1].finalLayout = kCopySource.layout;
    const VkAttachmentReference samples{0, kColorTarget.layout}, resolved{1, kColorTarget.layout};
    VkSubpassDescription subpass{};
    subpass.pipelineBindPoint = VK_PIPELINE_BIND_POINT_GRAPHICS;
    subpass.colorAttachmentCount = 1;
    subpass.pColorAttachments = &samples;
    subpass.pResolveAttachments = &resolved;
    const VkSubpassDependency to_copy{0,
                                      VK_SUBPASS_EXTERNAL,
                                      kColorTarget.stage,
                                      kCopySource.stage,
                                      kColorTarget.access,
                                      kCopySource.access,
                                      0};
    VkRenderPassCreateInfo info{VK_STRUCTURE_TYPE_RENDER_PASS_CREATE_INFO};
    info.attachmentCount = 2;
    info.pAttachments = attachments;
    info.subpassCount = 1;
    info.pSubpasses = &subpass;
    info.dependencyCount = 1;
    info.pDependencies = &to_copy;
    return RenderPass(gpu.device(), info);
}

Framebuffer make_framebuffer(const Gpu& gpu, VkRenderPass pass, VkImageView samples,
                             VkImageView resolved) {
    const VkImageView views[] = {samples, resolved};
    VkFramebufferCreateInfo info{VK_STRUCTURE_TYPE_FRAMEBUFFER_CREATE_INFO};
    info.renderPass = pass;
    info.attachmentCount = 2;
    info.pAttachments = views;
    info.width = kExtent.width;
    info.height = kExtent.height;
    info.layers = 1;
    return Framebuffer(gpu.device(), info);
}

}  // namespace

void resolve(const Stage& stage) {
    const Gpu& gpu = stage.gpu;
    ImageSpec many{kColorFormat, kExtent,
                   VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT | VK_IMAGE_USAGE_TRANSIENT_ATTACHMENT_BIT};
    many.samples = kSamples;
    const BoundImage samples(gpu, many);
    const BoundImage resolved(
        gpu, {kColorFormat, kExtent,
              VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT | VK_IMAGE_USAGE_TRANSFER_SRC_BIT});
    const RenderPass pass = make_pass(gpu);
    const Framebuffer framebuffer = make_framebuffer(gpu, pass, samples.view(), resolved.view());
    const PipelineLayout layout = make_layout(gpu, {}, std::span(&kPush, 1));
    GraphicsSpec spec;
    spec.vertex = fan_vertex;
    spec.fragment = flat_color;
    spec.samples = kSamples;
    spec.extent = kExtent;
    spec.layout = layout;
    spec.pass = pass;
    const GraphicsPipeline pipeline = make_graphics_pipeline(gpu, spec);

    run_once(gpu, [&](VkCommandBuffer commands) {
        VkClearValue clear;
        clear.color = kBackgroundColor;
        VkRenderPassBeginInfo info{VK_STRUCTURE_TYPE_RENDER_PASS_BEGIN_INFO};
        info.renderPass = pass;
        info.framebuffer = framebuffer;
        info.renderArea = {{0, 0}, kExtent};
        info.clearValueCount = 1;
        info.pClearValues = &clear;
        vkCmdBeginRenderPass(commands, &info, VK_SUBPASS_CONTENTS_INLINE);
        vkCmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_GRAPHICS, pipeline);
        const FanPush push{{1.0f, 0.8f, 0.1f, 1.0f}, 0.9f, 0.2f};
        vkCmdPushConstants(commands, layout, kPush.stageFlags, 0, kPush.size, &push);
        vkCmdDraw(commands, 9, 1, 0, 0);
        vkCmdEndRenderPass(commands);
    });

    const std::vector<std::byte> pixels = read_image(gpu, resolved, kCopySource);
    stage.picture("resolve", kExtent, pixels);
    std::set<std::uint32_t> colors;
    for (std::uint32_t y = 0; y < kExtent.height; ++y)
        for (std::uint32_t x = 0; x < kExtent.width; ++x) colors.insert(pixel_at(pixels, x, y));
    stage.report.check(colors.size() > 2 && colors.size() < 16,
                       "Edges show a few colours between the two that are drawn.");
}

}  // namespace vgpu::programs
