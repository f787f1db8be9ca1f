// Recording: each command buffer's records stay in order, whichever threads record it.
#include "icd/command_buffer.h"

#include "entries.h"
#include "icd/command_pool.h"
#include "icd/forward.h"
#include "icd/wait.h"

namespace vgpu::icd {

namespace {

void await(Context& context, Channel* used) {
    if (used && used != &context.channel()) context.channel_after(*used);
}

// Before an ordered record of this command buffer: its recorded commands run first, and the
// calling thread's channel is the one that records it from here on.
void take_over(CommandBuffer& buffer) {
    buffer.context->earn_channel();
    buffer.recording_channel();
}

}  // namespace

Channel& CommandBuffer::move_to(Channel& mine) {
    recording.last = recording.last ? &context->channel_after(*recording.last) : &mine;
    return *recording.last;
}

void CommandBuffer::order_after_uses() {
    await(*context, recording.last);
    if (executed_on_many)
        context->order_after_all_channels();
    else
        await(*context, executed_on);
}

void CommandBuffer::forget_recording() {
    if (touched) touched->clear();
    executed_on = nullptr;
    executed_on_many = false;
    failed = false;
}

VKAPI_ATTR VkResult VKAPI_CALL entry_vkBeginCommandBuffer(
    VkCommandBuffer commandBuffer, const VkCommandBufferBeginInfo* pBeginInfo) {
    auto& buffer = object_of<CommandBuffer>(commandBuffer);
    Context& context = *buffer.context;
    VkCommandBufferBeginInfo begin = *pBeginInfo;
    VkCommandBufferInheritanceInfo inheritance{};
    // What Vulkan ignores may point anywhere.
    if (buffer.level == VK_COMMAND_BUFFER_LEVEL_PRIMARY) {
        begin.pInheritanceInfo = nullptr;
    } else if (begin.pInheritanceInfo &&
               !(begin.flags & VK_COMMAND_BUFFER_USAGE_RENDER_PASS_CONTINUE_BIT)) {
        inheritance = *begin.pInheritanceInfo;
        inheritance.renderPass = VK_NULL_HANDLE;
        inheritance.subpass = 0;
        inheritance.framebuffer = VK_NULL_HANDLE;
        begin.pInheritanceInfo = &inheritance;
    }
    take_over(buffer);
    buffer.order_after_uses();
    buffer.forget_recording();
    post(context,
         wire::Args_vkBeginCommandBuffer{.commandBuffer = commandBuffer, .pBeginInfo = &begin});
    return posted(context);
}

VKAPI_ATTR VkResult VKAPI_CALL entry_vkEndCommandBuffer(VkCommandBuffer commandBuffer) {
    auto& buffer = object_of<CommandBuffer>(commandBuffer);
    Context& context = *buffer.context;
    take_over(buffer);
    post(context, wire::Args_vkEndCommandBuffer{.commandBuffer = commandBuffer});
    if (buffer.failed && !context.lost()) return VK_ERROR_OUT_OF_HOST_MEMORY;
    return posted(context);
}

VKAPI_ATTR VkResult VKAPI_CALL entry_vkResetCommandBuffer(VkCommandBuffer commandBuffer,
                                                          VkCommandBufferResetFlags flags) {
    auto& buffer = object_of<CommandBuffer>(commandBuffer);
    Context& context = *buffer.context;
    take_over(buffer);
    buffer.order_after_uses();
    buffer.forget_recording();
    post(context, wire::Args_vkResetCommandBuffer{.commandBuffer = commandBuffer, .flags = flags});
    return posted(context);
}

VKAPI_ATTR void VKAPI_CALL entry_vkCmdExecuteCommands(VkCommandBuffer commandBuffer,
                                                      uint32_t commandBufferCount,
                                                      const VkCommandBuffer* pCommandBuffers) {
    auto& primary = object_of<CommandBuffer>(commandBuffer);
    Channel& channel = primary.recording_channel();
    for (std::uint32_t i = 0; i < commandBufferCount; ++i) {
        auto& secondary = object_of<CommandBuffer>(pCommandBuffers[i]);
        secondary.executed_by(channel);
        if (secondary.touched)
            primary.note([&](Touched& touched) { touched.add(*secondary.touched); });
    }
    record(commandBuffer, wire::Args_vkCmdExecuteCommands{.commandBuffer = commandBuffer,
                                                          .commandBufferCount = commandBufferCount,
                                                          .pCommandBuffers = pCommandBuffers});
}

}  // namespace vgpu::icd
