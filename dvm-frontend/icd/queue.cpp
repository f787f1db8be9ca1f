// Submits, each with what the host is to write to status slots once it is complete.
#include "icd/queue.h"

#include "entries.h"
#include "icd/batch.h"
#include "icd/command_buffer.h"
#include "icd/device.h"
#include "icd/fence.h"
#include "icd/forward.h"
#include "icd/small_array.h"
#include "icd/submit_filter.h"
#include "icd/wait.h"

namespace vgpu::icd {

namespace {

using StatusWrites = SmallArray<VgpuStatusWrite, 8>;

// What a look through a submit's batches finds.
struct Found {
    // Status writes besides the last batch's serial.
    std::size_t writes = 0;
    bool signalled_by_guest = false;
    // Semaphores that processes of this guest share, once for each wait and signal.
    std::size_t shared = 0;
};

template <typename Batch>
bool touches(const Batch& batch) {
    for (std::uint32_t i = 0; i < command_buffer_count(batch); ++i) {
        const auto& touched = object_of<CommandBuffer>(command_buffer_at(batch, i)).touched;
        if (touched && !touched->empty()) return true;
    }
    return false;
}

template <typename Batch>
bool waits_for_events(const Batch& batch) {
    for (std::uint32_t i = 0; i < command_buffer_count(batch); ++i) {
        const auto& touched = object_of<CommandBuffer>(command_buffer_at(batch, i)).touched;
        if (touched && touched->waits_for_events()) return true;
    }
    return false;
}

template <typename Batch>
bool signals_timeline(const Batch& batch) {
    for (std::uint32_t i = 0; i < signal_count(batch); ++i)
        if (signal_at(batch, i).has_slot()) return true;
    return false;
}

template <typename Batch>
bool signals_shared(const Batch& batch) {
    for (std::uint32_t i = 0; i < signal_count(batch); ++i)
        if (signal_at(batch, i).shared()) return true;
    return false;
}

// Whether somebody is to be told when the batch has completed, though it is not the last one.
template <typename Batch>
bool is_awaited(const Batch& batch) {
    return touches(batch) || signals_shared(batch);
}

template <typename Batch>
Found look_through(std::uint32_t count, const Batch* batches) {
    Found found;
    for (std::uint32_t b = 0; b < count; ++b) {
        const Batch& batch = batches[b];
        for (std::uint32_t i = 0; i < wait_count(batch); ++i) {
            if (wait_at(batch, i).has_slot()) ++found.writes;
            if (wait_at(batch, i).shared()) ++found.shared;
            if (wait_at(batch, i).signalled_by_guest.load(std::memory_order_acquire))
                found.signalled_by_guest = true;
        }
        for (std::uint32_t i = 0; i < signal_count(batch); ++i) {
            if (signal_at(batch, i).has_slot()) ++found.writes;
            if (signal_at(batch, i).shared()) ++found.shared;
        }
        if (b + 1 < count && is_awaited(batch)) ++found.writes;
    }
    return found;
}

// What a batch has waited for is there once the batch is complete, though the other queue's thread
// may not have told it yet.
template <typename Batch>
void plan_waited(std::uint32_t b, const Batch& batch, StatusWrites& writes, std::size_t& n) {
    for (std::uint32_t i = 0; i < wait_count(batch); ++i)
        if (wait_at(batch, i).has_slot())
            writes[n++] = {b, wait_at(batch, i).slot, wait_value_at(batch, i), VK_NULL_HANDLE};
}

// Fills `writes` in the order of batches. In a batch the queue's serial is the last: when it is
// there, the host writes nothing more for this batch. The host cuts a submit after each batch with
// writes, so what was waited for is told by the next batch that has others.
template <typename Batch>
void plan_writes(std::uint32_t count, const Batch* batches, std::uint32_t queue_slot,
                 std::uint64_t first_serial, StatusWrites& writes) {
    std::size_t n = 0;
    std::uint32_t untold = 0;
    for (std::uint32_t b = 0; b < count; ++b) {
        const Batch& batch = batches[b];
        const bool serial = b + 1 == count || is_awaited(batch);
        if (serial || signals_timeline(batch))
            for (; untold <= b; ++untold) plan_waited(b, batches[untold], writes, n);
        for (std::uint32_t i = 0; i < signal_count(batch); ++i)
            if (signal_at(batch, i).has_slot())
                writes[n++] = {b, signal_at(batch, i).slot, signal_value_at(batch, i),
                               handle_of_object<VkSemaphore>(signal_at(batch, i))};
        if (serial) writes[n++] = {b, queue_slot, first_serial + b, VK_NULL_HANDLE};
    }
    if (count == 0) writes[0] = {0, queue_slot, first_serial, VK_NULL_HANDLE};
}

// What the command buffers touch is pending from now on.
template <typename Batch>
void note_touched(Queue& queue, std::uint32_t count, const Batch* batches,
                  std::uint64_t first_serial) {
    for (std::uint32_t b = 0; b < count; ++b) {
        const Point point(queue.status_slot, first_serial + b);
        const bool waits = waits_for_events(batches[b]);
        for (std::uint32_t i = 0; i < command_buffer_count(batches[b]); ++i) {
            auto& buffer = object_of<CommandBuffer>(command_buffer_at(batches[b], i));
            if (buffer.touched) buffer.touched->submitted(*queue.context, point, waits);
        }
    }
}

wire::Args_vgpuQueueSubmit args_for(VkQueue queue, std::uint32_t count, const VkSubmitInfo* batches,
                                    StatusWrites& writes) {
    return {.queue = queue,
            .submitCount = count,
            .pSubmits = batches,
            .statusWriteCount = static_cast<std::uint32_t>(writes.size()),
            .pStatusWrites = writes.data()};
}
wire::Args_vgpuQueueSubmit2 args_for(VkQueue queue, std::uint32_t count,
                                     const VkSubmitInfo2* batches, StatusWrites& writes) {
    return {.queue = queue,
            .submitCount = count,
            .pSubmits = batches,
            .statusWriteCount = static_cast<std::uint32_t>(writes.size()),
            .pStatusWrites = writes.data()};
}
wire::Args_vgpuQueueBindSparse args_for(VkQueue queue, std::uint32_t count,
                                        const VkBindSparseInfo* batches, StatusWrites& writes) {
    return {.queue = queue,
            .bindInfoCount = count,
            .pBindInfo = batches,
            .statusWriteCount = static_cast<std::uint32_t>(writes.size()),
            .pStatusWrites = writes.data()};
}

void submit_fence(Relay& relay, Fence& fence, Point point) {
    if (const auto& payload = fence.shared()) {
        relay.publish(point, payload, payload->promise());
    } else {
        fence.set(point);
    }
}

template <typename Batch>
VkResult submit(VkQueue handle, std::uint32_t count, const Batch* batches, VkFence fence) {
    Queue& queue = object_of<Queue>(handle);
    Context& context = *queue.context;
    if (context.lost()) return VK_ERROR_DEVICE_LOST;
    if (count == 0 && fence == VK_NULL_HANDLE) return VK_SUCCESS;
    const Found found = look_through(count, batches);
    StatusWrites writes;
    if (!writes.resize(found.writes + 1)) return VK_ERROR_OUT_OF_HOST_MEMORY;
    Relay& relay = queue.device->relay;
    Relay::Room room(relay);
    const bool shared_fence = fence != VK_NULL_HANDLE && object_of<Fence>(fence).shared();
    if (!room.try_reserve(found.shared + shared_fence)) return VK_ERROR_OUT_OF_HOST_MEMORY;
    const std::uint64_t first = queue.last_serial.load(std::memory_order_relaxed) + 1;
    const std::uint64_t last = count == 0 ? first : first + count - 1;
    plan_writes(count, batches, queue.status_slot, first, writes);
    SubmitFilter<Batch> filter;
    const Batch* sent = batches;
    if (found.signalled_by_guest || found.shared != 0) {
        sent = filter.filter(count, batches, {queue.status_slot, first, found.shared != 0});
        if (!sent) return VK_ERROR_OUT_OF_HOST_MEMORY;
    }
    note_touched(queue, count, batches, first);
    queue.last_serial.store(last, std::memory_order_release);
    if (fence != VK_NULL_HANDLE)
        submit_fence(relay, object_of<Fence>(fence), Point(queue.status_slot, last));
    post(context, args_for(handle, count, sent, writes));
    context.publish_all();
    return posted(context);
}

}  // namespace

VKAPI_ATTR VkResult VKAPI_CALL entry_vkQueueSubmit(VkQueue queue, uint32_t submitCount,
                                                   const VkSubmitInfo* pSubmits, VkFence fence) {
    return submit(queue, submitCount, pSubmits, fence);
}

VKAPI_ATTR VkResult VKAPI_CALL entry_vkQueueSubmit2(VkQueue queue, uint32_t submitCount,
                                                    const VkSubmitInfo2* pSubmits, VkFence fence) {
    return submit(queue, submitCount, pSubmits, fence);
}

VKAPI_ATTR VkResult VKAPI_CALL entry_vkQueueBindSparse(VkQueue queue, uint32_t bindInfoCount,
                                                       const VkBindSparseInfo* pBindInfo,
                                                       VkFence fence) {
    return submit(queue, bindInfoCount, pBindInfo, fence);
}

VKAPI_ATTR VkResult VKAPI_CALL entry_vkQueueWaitIdle(VkQueue queue) {
    Context& context = context_of(queue);
    const Point point = object_of<Queue>(queue).last_point();
    return wait_for(
        context, [&] { return point.reached(context); }, UINT64_MAX);
}

VKAPI_ATTR VkResult VKAPI_CALL entry_vkDeviceWaitIdle(VkDevice device) {
    const Device& waited = object_of<Device>(device);
    const auto idle = [&] {
        for (const auto& queue : waited.queues)
            if (!queue->idle()) return false;
        return true;
    };
    return wait_for(*waited.context, idle, UINT64_MAX);
}

}  // namespace vgpu::icd
