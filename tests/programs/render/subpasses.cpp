// Draws in one subpass and reads it in the next by an input attachment, with VK 1.2 render passes.
#include <cstdint>

#include "edges.h"
#include "fan_vertex.h"
#include "flat_color.h"
#include "fullscreen_vertex.h"
#include "render/scenes.h"
#include "render/target.h"

namespace vgpu::programs {

namespace {

constexpr VkPushConstantRange kPush{VK_SHADER_STAGE_VERTEX_BIT, 0, sizeof(FanPush)};
constexpr VkDescriptorType kInput[] = {VK_DESCRIPTOR_TYPE_INPUT_ATTACHMENT};

VkAttachmentDescription2 attachment(VkAttachmentLoadOp load, VkAttachmentStoreOp store,
                                    VkImageLayout final_layout) {
    VkAttachmentDescription2 description{VK_STRUCTURE_TYPE_ATTACHMENT_DESCRIPTION_2};
    description.format = kColorFormat;
    description.samples = VK_SAMPLE_COUNT_1_BIT;
    description.loadOp = load;
    description.storeOp = store;
    description.finalLayout = final_layout;
    return description;
}

VkAttachmentReference2 reference(std::uint32_t index, VkImageLayout layout) {
    VkAttachmentReference2 value{VK_STRUCTURE_TYPE_ATTACHMENT_REFERENCE_2};
    value.attachment = index;
    value.layout = layout;
    value.aspectMask = VK_IMAGE_ASPECT_COLOR_BIT;
    return value;
}

VkSubpassDependency2 dependency(std::uint32_t from, std::uint32_t to, const Use& before,
                                const Use& after, VkDependencyFlags flags) {
    VkSubpassDependency2 value{VK_STRUCTURE_TYPE_SUBPASS_DEPENDENCY_2};
    value.srcSubpass = from;
    value.dstSubpass = to;
    value.srcStageMask = before.stage;
    value.dstStageMask = after.stage;
    value.srcAccessMask = before.access;
    value.dstAccessMask = after.access;
    value.dependencyFlags = flags;
    return value;
}

RenderPass2 make_pass(const Gpu& gpu) {
    const VkAttachmentDescription2 attachments[] = {
        attachment(VK_ATTACHMENT_LOAD_OP_CLEAR, VK_ATTACHMENT_STORE_OP_DONT_CARE,
                   kFragmentSampled.layout),
        attachment(VK_ATTACHMENT_LOAD_OP_DONT_CARE, VK_ATTACHMENT_STORE_OP_STORE,
                   kCopySource.layout)};
    const VkAttachmentReference2 drawn = reference(0, kColorTarget.layout);
    const VkAttachmentReference2 read = reference(0, kFragmentSampled.layout);
    const VkAttachmentReference2 result = reference(1, kColorTarget.layout);
    VkSubpassDescription2 subpasses[] = {{VK_STRUCTURE_TYPE_SUBPASS_DESCRIPTION_2},
                                         {VK_STRUCTURE_TYPE_SUBPASS_DESCRIPTION_2}};
    subpasses[0].colorAttachmentCount = 1;
    subpasses[0].pColorAttachments = &drawn;
    subpasses[1].inputAttachmentCount = 1;
    subpasses[1].pInputAttachments = &read;
    subpasses[1].colorAttachmentCount = 1;
    subpasses[1].pColorAttachments = &result;
    const Use input{VK_PIPELINE_STAGE_FRAGMENT_SHADER_BIT, VK_ACCESS_INPUT_ATTACHMENT_READ_BIT};
    const VkSubpassDependency2 dependencies[] = {
        dependency(0, 1, kColorTarget, input, VK_DEPENDENCY_BY_REGION_BIT),
        dependency(1, VK_SUBPASS_EXTERNAL, kColorTarget, kCopySource, 0)};
    VkRenderPassCreateInfo2 info{VK_STRUCTURE_TYPE_RENDER_PASS_CREATE_INFO_2};
    info.attachmentCount = 2;
    info.pAttachments = attachments;
    info.subpassCount = 2;
    info.pSubpasses = subpasses;
    info.dependencyCount = 2;
    info.pDependencies = dependencies;
    return RenderPass2(gpu.device(), info);
}

// An imageless framebuffer where it is offered: the views come when the pass begins.
Framebuffer make_framebuffer(const Gpu& gpu, VkRenderPass pass, const BoundImage& between,
                             const BoundImage& result) {
    const VkFormat format = kColorFormat;
    VkFramebufferAttachmentImageInfo images[2]{};
    for (auto& image : images) {
        image.sType = VK_STRUCTURE_TYPE_FRAMEBUFFER_ATTACHMENT_IMAGE_INFO;
        image.width = kExtent.width;
        image.height = kExtent.height;
        image.layerCount = 1;
        image.viewFormatCount = 1;
        image.pViewFormats = &format;
    }
    images[0].usage = between.spec().usage;
    images[1].usage = result.spec().usage;
    VkFramebufferAttachmentsCreateInfo later{VK_STRUCTURE_TYPE_FRAMEBUFFER_ATTACHMENTS_CREATE_INFO};
    later.attachmentImageInfoCount = 2;
    later.pAttachmentImageInfos = images;
    const VkImageView views[] = {between.view(), result.view()};
    VkFramebufferCreateInfo info{VK_STRUCTURE_TYPE_FRAMEBUFFER_CREATE_INFO};
    if (gpu.features().v12.imagelessFramebuffer) {
        info.pNext = &later;
        info.flags = VK_FRAMEBUFFER_CREATE_IMAGELESS_BIT;
    }
    info.renderPass = pass;
    info.attachmentCount = 2;
    info.pAttachments = views;
    info.width = kExtent.width;
    info.height = kExtent.height;
    info.layers = 1;
    return Framebuffer(gpu.device(), info);
}

GraphicsPipeline make_pipeline(const Gpu& gpu, Spirv vertex, Spirv fragment,
                               VkPipelineLayout layout, VkRenderPass pass, std::uint32_t subpass) {
    GraphicsSpec spec;
    spec.vertex = vertex;
    spec.fragment = fragment;
    spec.extent = kExtent;
    spec.layout = layout;
    spec.pass = pass;
    spec.subpass = subpass;
    return make_graphics_pipeline(gpu, spec);
}

void begin_pass(const Gpu& gpu, VkCommandBuffer commands, VkRenderPass pass,
                VkFramebuffer framebuffer, std::span<const VkImageView> views) {
    VkRenderPassAttachmentBeginInfo given{VK_STRUCTURE_TYPE_RENDER_PASS_ATTACHMENT_BEGIN_INFO};
    given.attachmentCount = static_cast<std::uint32_t>(views.size());
    given.pAttachments = views.data();
    VkClearValue clear;
    clear.color = kBackgroundColor;
    VkRenderPassBeginInfo info{VK_STRUCTURE_TYPE_RENDER_PASS_BEGIN_INFO};
    if (gpu.features().v12.imagelessFramebuffer) info.pNext = &given;
    info.renderPass = pass;
    info.framebuffer = framebuffer;
    info.renderArea = {{0, 0}, kExtent};
    info.clearValueCount = 1;
    info.pClearValues = &clear;
    const VkSubpassBeginInfo contents{VK_STRUCTURE_TYPE_SUBPASS_BEGIN_INFO, nullptr,
                                      VK_SUBPASS_CONTENTS_INLINE};
    vkCmdBeginRenderPass2(commands, &info, &contents);
}

}  // namespace

void subpasses(const Stage& stage) {
    const Gpu& gpu = stage.gpu;
    const BoundImage between(
        gpu, {kColorFormat, kExtent,
              VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT | VK_IMAGE_USAGE_INPUT_ATTACHMENT_BIT});
    const BoundImage result(
        gpu, {kColorFormat, kExtent,
              VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT | VK_IMAGE_USAGE_TRANSFER_SRC_BIT});
    const RenderPass2 pass = make_pass(gpu);
    const Framebuffer framebuffer = make_framebuffer(gpu, pass, between, result);

    const PipelineLayout draw_layout = make_layout(gpu, {}, std::span(&kPush, 1));
    const DescriptorSetLayout set_layout =
        make_set_layout(gpu, kInput, VK_SHADER_STAGE_FRAGMENT_BIT);
    const PipelineLayout read_layout = make_layout(gpu, std::span(set_layout.address(), 1));
    const DescriptorPool pool = make_descriptor_pool(gpu, kInput, 1);
    const VkDescriptorSet set = allocate_set(gpu, pool, set_layout);
    write_image(gpu, set, 0, kInput[0], between.view(), kFragmentSampled.layout);
    const GraphicsPipeline draw = make_pipeline(gpu, fan_vertex, flat_color, draw_layout, pass, 0);
    const GraphicsPipeline read =
        make_pipeline(gpu, fullscreen_vertex, edges, read_layout, pass, 1);

    run_once(gpu, [&](VkCommandBuffer commands) {
        const VkImageView views[] = {between.view(), result.view()};
        begin_pass(gpu, commands, pass, framebuffer, views);
        vkCmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_GRAPHICS, draw);
        const FanPush push{{0.2f, 0.9f, 0.4f, 1.0f}, 0.8f, 1.0f};
        vkCmdPushConstants(commands, draw_layout, kPush.stageFlags, 0, kPush.size, &push);
        vkCmdDraw(commands, 12, 1, 0, 0);
        const VkSubpassBeginInfo contents{VK_STRUCTURE_TYPE_SUBPASS_BEGIN_INFO, nullptr,
                                          VK_SUBPASS_CONTENTS_INLINE};
        const VkSubpassEndInfo end{VK_STRUCTURE_TYPE_SUBPASS_END_INFO};
        vkCmdNextSubpass2(commands, &contents, &end);
        vkCmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_GRAPHICS, read);
        vkCmdBindDescriptorSets(commands, VK_PIPELINE_BIND_POINT_GRAPHICS, read_layout, 0, 1, &set,
                                0, nullptr);
        vkCmdDraw(commands, 3, 1, 0, 0);
        vkCmdEndRenderPass2(commands, &end);
    });

    const std::vector<std::byte> pixels = read_image(gpu, result, kCopySource);
    stage.picture("subpasses", kExtent, pixels);
    constexpr std::uint32_t kInverted = kBackground ^ 0x00ffffff;
    stage.report.check(pixel_at(pixels, 0, 0) == kInverted,
                       "The second subpass sees the colour that the first cleared to.");
    stage.report.check(count_other_than(pixels, kInverted) > 1000,
                       "The second subpass sees the triangles that the first drew.");
}

}  // namespace vgpu::programs
