// Makes the render pass of a Target.
#include "render/target.h"

#include <cstring>

namespace vgpu::programs {

namespace {

VkAttachmentDescription attachment(VkFormat format, VkAttachmentStoreOp store,
                                   VkImageLayout final_layout) {
    VkAttachmentDescription description{};
    description.format = format;
    description.samples = VK_SAMPLE_COUNT_1_BIT;
    description.loadOp = VK_ATTACHMENT_LOAD_OP_CLEAR;
    description.storeOp = store;
    description.stencilLoadOp = VK_ATTACHMENT_LOAD_OP_DONT_CARE;
    description.stencilStoreOp = VK_ATTACHMENT_STORE_OP_DONT_CARE;
    description.finalLayout = final_layout;
    return description;
}

RenderPass make_pass(const Gpu& gpu, bool with_depth) {
    const VkAttachmentDescription attachments[] = {
        attachment(kColorFormat, VK_ATTACHMENT_STORE_OP_STORE, kCopySource.layout),
        attachment(kDepthFormat, VK_ATTACHMENT_STORE_OP_DONT_CARE,
                   VK_IMAGE_LAYOUT_DEPTH_STENCIL_ATTACHMENT_OPTIMAL)};
    const VkAttachmentReference color{0, VK_IMAGE_LAYOUT_COLOR_ATTACHMENT_OPTIMAL};
    const VkAttachmentReference depth{1, VK_IMAGE_LAYOUT_DEPTH_STENCIL_ATTACHMENT_OPTIMAL};
    VkSubpassDescription subpass{};
    subpass.pipelineBindPoint = VK_PIPELINE_BIND_POINT_GRAPHICS;
    subpass.colorAttachmentCount = 1;
    subpass.pColorAttachments = &color;
    subpass.pDepthStencilAttachment = with_depth ? &depth : nullptr;
    // Drawing waits for the copy of the picture before; the copy after waits for the drawing.
    constexpr VkPipelineStageFlags kDepthStages =
        VK_PIPELINE_STAGE_EARLY_FRAGMENT_TESTS_BIT | VK_PIPELINE_STAGE_LATE_FRAGMENT_TESTS_BIT;
    constexpr VkAccessFlags kDepthAccess =
        VK_ACCESS_DEPTH_STENCIL_ATTACHMENT_READ_BIT | VK_ACCESS_DEPTH_STENCIL_ATTACHMENT_WRITE_BIT;
    const VkSubpassDependency dependencies[] = {
        {VK_SUBPASS_EXTERNAL, 0, kCopySource.stage | kDepthStages,
         kColorTarget.stage | kDepthStages, kCopySource.access | kDepthAccess,
         kColorTarget.access | kDepthAccess, 0},
        {0, VK_SUBPASS_EXTERNAL, kColorTarget.stage, kCopySource.stage, kColorTarget.access,
         kCopySource.access, 0}};
    VkRenderPassCreateInfo info{VK_STRUCTURE_TYPE_RENDER_PASS_CREATE_INFO};
    info.attachmentCount = with_depth ? 2 : 1;
    info.pAttachments = attachments;
    info.subpassCount = 1;
    info.pSubpasses = &subpass;
    info.dependencyCount = 2;
    info.pDependencies = dependencies;
    return RenderPass(gpu.device(), info);
}

}  // namespace

Target::Target(const Gpu& gpu, bool with_depth)
    : color_(gpu, {kColorFormat, kExtent,
                   VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT | VK_IMAGE_USAGE_TRANSFER_SRC_BIT}),
      pass_(make_pass(gpu, with_depth)) {
    VkImageView views[] = {color_.view(), VK_NULL_HANDLE};
    if (with_depth) {
        ImageSpec spec{kDepthFormat, kExtent, VK_IMAGE_USAGE_DEPTH_STENCIL_ATTACHMENT_BIT};
        spec.aspect = VK_IMAGE_ASPECT_DEPTH_BIT;
        depth_ = BoundImage(gpu, spec);
        views[1] = depth_.view();
    }
    VkFramebufferCreateInfo info{VK_STRUCTURE_TYPE_FRAMEBUFFER_CREATE_INFO};
    info.renderPass = pass_;
    info.attachmentCount = with_depth ? 2 : 1;
    info.pAttachments = views;
    info.width = kExtent.width;
    info.height = kExtent.height;
    info.layers = 1;
    framebuffer_ = Framebuffer(gpu.device(), info);
}

void Target::begin(VkCommandBuffer commands, VkSubpassContents contents) const {
    VkClearValue clear[2];
    clear[0].color = kBackgroundColor;
    clear[1].depthStencil = {1.0f, 0};
    VkRenderPassBeginInfo info{VK_STRUCTURE_TYPE_RENDER_PASS_BEGIN_INFO};
    info.renderPass = pass_;
    info.framebuffer = framebuffer_;
    info.renderArea = {{0, 0}, kExtent};
    info.clearValueCount = 2;
    info.pClearValues = clear;
    vkCmdBeginRenderPass(commands, &info, contents);
}

std::uint32_t pixel_at(std::span<const std::byte> pixels, std::uint32_t x, std::uint32_t y) {
    std::uint32_t pixel;
    std::memcpy(&pixel, &pixels[(std::size_t{y} * kExtent.width + x) * 4], 4);
    return pixel;
}

std::size_t count_other_than(std::span<const std::byte> pixels, std::uint32_t background) {
    std::size_t count = 0;
    for (std::uint32_t y = 0; y < kExtent.height; ++y)
        for (std::uint32_t x = 0; x < kExtent.width; ++x)
            if (pixel_at(pixels, x, y) != background) ++count;
    return count;
}

}  // namespace vgpu::programs
