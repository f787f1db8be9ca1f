// Events: asked of the host only when a submit has touched them since the last answer.
#include "icd/event.h"

#include <memory>
#include <new>

#include "entries.h"
#include "icd/command_buffer.h"
#include "icd/forward.h"
#include "icd/wait.h"

namespace vgpu::icd {

namespace {

bool known(Point state) {
    return state.serial() == 0;
}

// The command buffer's submits change the event.
void note(VkCommandBuffer command_buffer, VkEvent event) {
    auto& buffer = object_of<CommandBuffer>(command_buffer);
    buffer.note([&](Touched& touched) { touched.event(object_of<Event>(event)); });
}

void note_wait(VkCommandBuffer command_buffer) {
    object_of<CommandBuffer>(command_buffer).note([](Touched& touched) {
        touched.wait_for_events();
    });
}

}  // namespace

void Event::submitted(Context& context, Point point) {
    const Point before(state.exchange(point.bits, std::memory_order_acq_rel));
    if (!known(before) && before.slot() != point.slot() && !before.reached(context))
        always_ask.store(true, std::memory_order_release);
}

void Event::changed_by_guest(Context& context, Point to) {
    std::uint64_t seen = state.load(std::memory_order_acquire);
    if (known(Point(seen)) || Point(seen).reached(context))
        state.compare_exchange_strong(seen, to.bits, std::memory_order_acq_rel);
}

VkResult Event::status(VkDevice device) {
    Context& context = context_of(device);
    if (context.lost_now()) return VK_ERROR_DEVICE_LOST;
    std::uint64_t seen = state.load(std::memory_order_acquire);
    const bool ask = always_ask.load(std::memory_order_acquire);
    if (known(Point(seen)) && !ask) return Point(seen) == kSet ? VK_EVENT_SET : VK_EVENT_RESET;
    const bool final = Point(seen).reached(context);
    wire::Args_vkGetEventStatus args{.device = device, .event = handle_of_object<VkEvent>(*this)};
    wire::Reply_vkGetEventStatus reply{};
    if (!call(context, args, reply)) return VK_ERROR_DEVICE_LOST;
    const bool answered = reply.result == VK_EVENT_SET || reply.result == VK_EVENT_RESET;
    if (final && answered) {
        const Point state_now = reply.result == VK_EVENT_SET ? kSet : kReset;
        // Fails when a submit touched the event meanwhile.
        state.compare_exchange_strong(seen, state_now.bits, std::memory_order_acq_rel);
    }
    return reply.result;
}

VKAPI_ATTR VkResult VKAPI_CALL entry_vkCreateEvent(VkDevice device,
                                                   const VkEventCreateInfo* pCreateInfo,
                                                   const VkAllocationCallbacks* pAllocator,
                                                   VkEvent* pEvent) {
    (void)pAllocator;
    *pEvent = VK_NULL_HANDLE;
    Context& context = context_of(device);
    if (context.lost()) return VK_ERROR_DEVICE_LOST;
    std::unique_ptr<Event> event(new (std::nothrow) Event);
    if (!event) return VK_ERROR_OUT_OF_HOST_MEMORY;
    event->id = context.new_id();
    if (event->id == 0) return VK_ERROR_OUT_OF_HOST_MEMORY;
    post(context, wire::Args_vkCreateEvent{
                      .device = device, .pCreateInfo = pCreateInfo, .pEvent = event->id});
    *pEvent = handle_of_object<VkEvent>(*event.release());
    return VK_SUCCESS;
}

VKAPI_ATTR void VKAPI_CALL entry_vkDestroyEvent(VkDevice device, VkEvent event,
                                                const VkAllocationCallbacks* pAllocator) {
    (void)pAllocator;
    if (event == VK_NULL_HANDLE) return;
    Context& context = context_of(device);
    std::unique_ptr<Event> object(&object_of<Event>(event));
    context.order_after_all_channels();
    post(context, wire::Args_vkDestroyEvent{.device = device, .event = event});
    context.recycle_id(object->id);
}

VKAPI_ATTR VkResult VKAPI_CALL entry_vkGetEventStatus(VkDevice device, VkEvent event) {
    return object_of<Event>(event).status(device);
}

VKAPI_ATTR VkResult VKAPI_CALL entry_vkSetEvent(VkDevice device, VkEvent event) {
    Context& context = context_of(device);
    post(context, wire::Args_vkSetEvent{.device = device, .event = event});
    object_of<Event>(event).changed_by_guest(context, Event::kSet);
    context.publish_all();
    return posted(context);
}

VKAPI_ATTR VkResult VKAPI_CALL entry_vkResetEvent(VkDevice device, VkEvent event) {
    Context& context = context_of(device);
    post(context, wire::Args_vkResetEvent{.device = device, .event = event});
    object_of<Event>(event).changed_by_guest(context, Event::kReset);
    context.publish_all();
    return posted(context);
}

VKAPI_ATTR void VKAPI_CALL entry_vkCmdSetEvent(VkCommandBuffer commandBuffer, VkEvent event,
                                               VkPipelineStageFlags stageMask) {
    note(commandBuffer, event);
    record(commandBuffer,
           wire::Args_vkCmdSetEvent{
               .commandBuffer = commandBuffer, .event = event, .stageMask = stageMask});
}

VKAPI_ATTR void VKAPI_CALL entry_vkCmdResetEvent(VkCommandBuffer commandBuffer, VkEvent event,
                                                 VkPipelineStageFlags stageMask) {
    note(commandBuffer, event);
    record(commandBuffer,
           wire::Args_vkCmdResetEvent{
               .commandBuffer = commandBuffer, .event = event, .stageMask = stageMask});
}

VKAPI_ATTR void VKAPI_CALL entry_vkCmdSetEvent2(VkCommandBuffer commandBuffer, VkEvent event,
                                                const VkDependencyInfo* pDependencyInfo) {
    note(commandBuffer, event);
    record(commandBuffer,
           wire::Args_vkCmdSetEvent2{
               .commandBuffer = commandBuffer, .event = event, .pDependencyInfo = pDependencyInfo});
}

VKAPI_ATTR void VKAPI_CALL entry_vkCmdResetEvent2(VkCommandBuffer commandBuffer, VkEvent event,
                                                  VkPipelineStageFlags2 stageMask) {
    note(commandBuffer, event);
    record(commandBuffer,
           wire::Args_vkCmdResetEvent2{
               .commandBuffer = commandBuffer, .event = event, .stageMask = stageMask});
}

VKAPI_ATTR void VKAPI_CALL entry_vkCmdWaitEvents(
    VkCommandBuffer commandBuffer, uint32_t eventCount, const VkEvent* pEvents,
    VkPipelineStageFlags srcStageMask, VkPipelineStageFlags dstStageMask,
    uint32_t memoryBarrierCount, const VkMemoryBarrier* pMemoryBarriers,
    uint32_t bufferMemoryBarrierCount, const VkBufferMemoryBarrier* pBufferMemoryBarriers,
    uint32_t imageMemoryBarrierCount, const VkImageMemoryBarrier* pImageMemoryBarriers) {
    note_wait(commandBuffer);
    record(commandBuffer,
           wire::Args_vkCmdWaitEvents{.commandBuffer = commandBuffer,
                                      .eventCount = eventCount,
                                      .pEvents = pEvents,
                                      .srcStageMask = srcStageMask,
                                      .dstStageMask = dstStageMask,
                                      .memoryBarrierCount = memoryBarrierCount,
                                      .pMemoryBarriers = pMemoryBarriers,
                                      .bufferMemoryBarrierCount = bufferMemoryBarrierCount,
                                      .pBufferMemoryBarriers = pBufferMemoryBarriers,
                                      .imageMemoryBarrierCount = imageMemoryBarrierCount,
                                      .pImageMemoryBarriers = pImageMemoryBarriers});
}

VKAPI_ATTR void VKAPI_CALL entry_vkCmdWaitEvents2(VkCommandBuffer commandBuffer,
                                                  uint32_t eventCount, const VkEvent* pEvents,
                                                  const VkDependencyInfo* pDependencyInfos) {
    note_wait(commandBuffer);
    record(commandBuffer, wire::Args_vkCmdWaitEvents2{.commandBuffer = commandBuffer,
                                                      .eventCount = eventCount,
                                                      .pEvents = pEvents,
                                                      .pDependencyInfos = pDependencyInfos});
}

}  // namespace vgpu::icd
