// Records and submits frames.
#include "frame_loop.h"

#include <limits>

#include "flat.h"
#include "pushed.h"

namespace vgpu::bench {

namespace {

constexpr VkExtent2D kExtent{512, 512};
constexpr VkFormat kFormat = VK_FORMAT_R8G8B8A8_UNORM;
constexpr VkDescriptorType kTypes[] = {VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER};
constexpr VkPushConstantRange kPush{VK_SHADER_STAGE_VERTEX_BIT, 0, 16};

Fence signalled_fence(const Session& session) {
    return Fence(session.gpu.device(),
                 {VK_STRUCTURE_TYPE_FENCE_CREATE_INFO, nullptr, VK_FENCE_CREATE_SIGNALED_BIT});
}

// Spreads the draws over the picture.
std::array<float, 4> place_of(std::uint32_t draw) {
    return {static_cast<float>(draw % 40) * 0.05f - 1.0f,
            static_cast<float>(draw / 40 % 40) * 0.05f - 1.0f, 0.5f, 0.0f};
}

}  // namespace

FrameLoop::FrameLoop(const Session& session, std::uint32_t draws_a_frame)
    : session_(session),
      draws_(draws_a_frame),
      color_(session.gpu, {kFormat, kExtent, VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT}),
      pass_(make_pass()),
      framebuffer_(make_framebuffer()),
      paint_(session.gpu, 16, VK_BUFFER_USAGE_UNIFORM_BUFFER_BIT, Placement::kUpload),
      set_layout_(make_set_layout(session.gpu, kTypes, VK_SHADER_STAGE_FRAGMENT_BIT)),
      layout_(make_layout(session.gpu, std::span(set_layout_.address(), 1), std::span(&kPush, 1))),
      sets_(make_descriptor_pool(session.gpu, kTypes, 1)),
      set_(allocate_set(session.gpu, sets_, set_layout_)),
      pipeline_(make_pipeline()),
      pool_(session.gpu),
      slots_{{{pool_.allocate(), signalled_fence(session)},
              {pool_.allocate(), signalled_fence(session)}}} {
    write_buffer(session.gpu, set_, 0, kTypes[0], paint_);
    for (float& channel : paint_.as<float>()) channel = 1.0f;
}

RenderPass FrameLoop::make_pass() const {
    VkAttachmentDescription color{};
    color.format = kFormat;
    color.samples = VK_SAMPLE_COUNT_1_BIT;
    color.loadOp = VK_ATTACHMENT_LOAD_OP_CLEAR;
    color.storeOp = VK_ATTACHMENT_STORE_OP_STORE;
    color.finalLayout = VK_IMAGE_LAYOUT_COLOR_ATTACHMENT_OPTIMAL;
    const VkAttachmentReference reference{0, VK_IMAGE_LAYOUT_COLOR_ATTACHMENT_OPTIMAL};
    VkSubpassDescription subpass{};
    subpass.colorAttachmentCount = 1;
    subpass.pColorAttachments = &reference;
    const VkSubpassDependency after_last_frame{
        VK_SUBPASS_EXTERNAL, 0, kColorTarget.stage, kColorTarget.stage, kColorTarget.access,
        kColorTarget.access, 0};
    VkRenderPassCreateInfo info{VK_STRUCTURE_TYPE_RENDER_PASS_CREATE_INFO};
    info.attachmentCount = 1;
    info.pAttachments = &color;
    info.subpassCount = 1;
    info.pSubpasses = &subpass;
    info.dependencyCount = 1;
    info.pDependencies = &after_last_frame;
    return RenderPass(session_.gpu.device(), info);
}

Framebuffer FrameLoop::make_framebuffer() const {
    const VkImageView view = color_.view();
    VkFramebufferCreateInfo info{VK_STRUCTURE_TYPE_FRAMEBUFFER_CREATE_INFO};
    info.renderPass = pass_;
    info.attachmentCount = 1;
    info.pAttachments = &view;
    info.width = kExtent.width;
    info.height = kExtent.height;
    info.layers = 1;
    return Framebuffer(session_.gpu.device(), info);
}

GraphicsPipeline FrameLoop::make_pipeline() const {
    GraphicsSpec spec;
    spec.vertex = pushed;
    spec.fragment = flat;
    spec.extent = kExtent;
    spec.layout = layout_;
    spec.pass = pass_;
    return make_graphics_pipeline(session_.gpu, spec);
}

void FrameLoop::begin_pass(VkCommandBuffer commands) const {
    VkClearValue clear{};
    VkRenderPassBeginInfo info{VK_STRUCTURE_TYPE_RENDER_PASS_BEGIN_INFO};
    info.renderPass = pass_;
    info.framebuffer = framebuffer_;
    info.renderArea = {{0, 0}, kExtent};
    info.clearValueCount = 1;
    info.pClearValues = &clear;
    const Calls& calls = session_.calls;
    calls.CmdBeginRenderPass(commands, &info, VK_SUBPASS_CONTENTS_INLINE);
    calls.CmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_GRAPHICS, pipeline_);
    calls.CmdBindDescriptorSets(commands, VK_PIPELINE_BIND_POINT_GRAPHICS, layout_, 0, 1, &set_, 0,
                                nullptr);
}

void FrameLoop::record_pairs(VkCommandBuffer commands, std::uint32_t pairs) const {
    const Calls& calls = session_.calls;
    const std::array<float, 4> place = place_of(0);
    for (std::uint32_t i = 0; i < pairs; ++i) {
        calls.CmdPushConstants(commands, layout_, kPush.stageFlags, 0, kPush.size, place.data());
        calls.CmdDraw(commands, 3, 1, 0, 0);
    }
}

void FrameLoop::record_frame(VkCommandBuffer commands) const {
    const Calls& calls = session_.calls;
    const VkCommandBufferBeginInfo info{VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO, nullptr,
                                        VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT};
    check(calls.BeginCommandBuffer(commands, &info));
    begin_pass(commands);
    for (std::uint32_t i = 0; i < draws_; ++i) {
        const std::array<float, 4> place = place_of(i);
        calls.CmdPushConstants(commands, layout_, kPush.stageFlags, 0, kPush.size, place.data());
        calls.CmdBindDescriptorSets(commands, VK_PIPELINE_BIND_POINT_GRAPHICS, layout_, 0, 1, &set_,
                                    0, nullptr);
        calls.CmdDraw(commands, 3, 1, 0, 0);
    }
    calls.CmdEndRenderPass(commands);
    check(calls.EndCommandBuffer(commands));
}

void FrameLoop::next() {
    const Calls& calls = session_.calls;
    const VkDevice device = session_.gpu.device();
    Slot& slot = slots_[frame_++ % slots_.size()];
    check(calls.WaitForFences(device, 1, slot.done.address(), VK_TRUE,
                              std::numeric_limits<std::uint64_t>::max()));
    check(calls.ResetFences(device, 1, slot.done.address()));
    record_frame(slot.commands);
    VkSubmitInfo submit{VK_STRUCTURE_TYPE_SUBMIT_INFO};
    submit.commandBufferCount = 1;
    submit.pCommandBuffers = &slot.commands;
    check(calls.QueueSubmit(session_.gpu.queue(), 1, &submit, slot.done));
}

void FrameLoop::finish() {
    for (const Slot& slot : slots_)
        check(session_.calls.WaitForFences(session_.gpu.device(), 1, slot.done.address(), VK_TRUE,
                                           std::numeric_limits<std::uint64_t>::max()));
}

}  // namespace vgpu::bench
