// Submits: the driver's, each followed by what the guest's status slots say when it is complete.
#include <string>
#include <vector>

#include "replay/device.h"
#include "replays.h"

namespace vgpu::replay {

namespace {

// Gives the driver batches [first, last) with a fence of the queue's own.
template <typename Submit>
VkResult submit_part(QueueState& queue, std::vector<worker::StatusWrite> writes,
                     const Submit& submit) {
    VkFence fence = VK_NULL_HANDLE;
    VkResult result = queue.completion->take_fence(fence);
    if (result != VK_SUCCESS) return result;
    result = submit(fence);
    if (result == VK_SUCCESS)
        queue.completion->submitted(fence, std::move(writes));
    else
        queue.completion->give_back(fence);
    return result;
}

// Submits `count` batches, cut after each batch that something is to be told about: a guest may
// wait for a batch before it lets a later one of the same submit go on.
// `submit(first, n, fence)` calls the driver.
template <typename Args, typename Submit>
void submit_all(Replay& replay, const Args& args, std::uint32_t count, const char* command,
                const Submit& submit) {
    auto* queue = replay.state_of<QueueState>(args.queue_id);
    if (!queue) return replay.fail("The guest submits to a queue that it did not open.");
    for (std::uint32_t i = 0; i < args.statusWriteCount; ++i) {
        const VgpuStatusWrite& write = args.pStatusWrites[i];
        const bool in_order = i == 0 || args.pStatusWrites[i - 1].batch <= write.batch;
        if (!in_order || (write.batch != 0 && write.batch >= count) ||
            !worker::WorkerServices::valid_slot(write.slot))
            return replay.fail("The guest's submit has status writes that make no sense.");
    }
    queue->device->importer->guest_to_driver();
    std::uint32_t first = 0, next_write = 0;
    do {
        const bool writes_left = next_write < args.statusWriteCount;
        const std::uint32_t last = writes_left ? args.pStatusWrites[next_write].batch + 1 : count;
        const std::uint32_t end = count < last ? count : last;
        std::vector<worker::StatusWrite> writes;
        while (next_write < args.statusWriteCount && args.pStatusWrites[next_write].batch < last) {
            const VgpuStatusWrite& write = args.pStatusWrites[next_write++];
            writes.push_back({write.slot, write.value});
        }
        const VkResult result = submit_part(*queue, std::move(writes), [&](VkFence fence) {
            return submit(first, end - first, fence);
        });
        if (result != VK_SUCCESS) return replay.expect(result, command);
        first = end;
    } while (first < count);
}

}  // namespace

void replay_vgpuQueueSubmit(Replay& replay, wire::Args_vgpuQueueSubmit& args,
                            wire::Reply_vgpuQueueSubmit&) {
    submit_all(replay, args, args.submitCount, "vkQueueSubmit",
               [&](std::uint32_t first, std::uint32_t n, VkFence fence) {
                   return replay.vk().vkQueueSubmit(args.queue, n, args.pSubmits + first, fence);
               });
}

void replay_vgpuQueueSubmit2(Replay& replay, wire::Args_vgpuQueueSubmit2& args,
                             wire::Reply_vgpuQueueSubmit2&) {
    if (!replay.vk().vkQueueSubmit2) return replay.unserved("vkQueueSubmit2");
    submit_all(replay, args, args.submitCount, "vkQueueSubmit2",
               [&](std::uint32_t first, std::uint32_t n, VkFence fence) {
                   return replay.vk().vkQueueSubmit2(args.queue, n, args.pSubmits + first, fence);
               });
}

void replay_vgpuQueueBindSparse(Replay& replay, wire::Args_vgpuQueueBindSparse& args,
                                wire::Reply_vgpuQueueBindSparse&) {
    submit_all(replay, args, args.bindInfoCount, "vkQueueBindSparse",
               [&](std::uint32_t first, std::uint32_t n, VkFence fence) {
                   return replay.vk().vkQueueBindSparse(args.queue, n, args.pBindInfo + first,
                                                        fence);
               });
}

}  // namespace vgpu::replay
