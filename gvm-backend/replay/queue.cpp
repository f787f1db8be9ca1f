// Submits: the driver's, each followed by what the guest's status slots say when it is complete.
#include <algorithm>
#include <span>

#include "replay/device.h"
#include "replays.h"

namespace vgpu::replay {

namespace {

// What the guest is to be told when a part of a submit is complete.
struct Completion {
    worker::StatusWrites writes;
    worker::TimelineSignals signals;

    void add(const Replay& replay, const VgpuStatusWrite& write) {
        writes.push_back({write.slot, write.value});
        if (write.semaphore == VK_NULL_HANDLE || !replay.vk().vkWaitSemaphores) return;
        signals.wait = replay.vk().vkWaitSemaphores;
        signals.timelines.push_back(write.semaphore);
        signals.values.push_back(write.value);
    }
};

bool waits_for_timeline(const VkSubmitInfo& batch) {
    for (auto* next = static_cast<const VkBaseInStructure*>(batch.pNext); next;
         next = next->pNext) {
        if (next->sType != VK_STRUCTURE_TYPE_TIMELINE_SEMAPHORE_SUBMIT_INFO) continue;
        return reinterpret_cast<const VkTimelineSemaphoreSubmitInfo*>(next)
            ->waitSemaphoreValueCount;
    }
    return false;
}

// A binary semaphore may have a value too, which says nothing.
bool waits_for_timeline(const VkSubmitInfo2& batch) {
    return std::any_of(batch.pWaitSemaphoreInfos,
                       batch.pWaitSemaphoreInfos + batch.waitSemaphoreInfoCount,
                       [](const VkSemaphoreSubmitInfo& wait) { return wait.value != 0; });
}

bool waits_for_timeline(const VkBindSparseInfo&) {
    return true;  // rare, and never wrong
}

// Gives the driver a part of the batches with a fence of the queue's own.
//
// Where the driver lets go of timelines late, the fence is that of an empty submit of its own,
// which the driver's thread comes to when it is through with the batches: a guest that is told
// earlier may destroy a timeline that the thread still looks at.
template <typename Submit>
VkResult submit_part(Replay& replay, QueueState& queue, VkQueue handle, Completion completion,
                     bool waits, const Submit& submit) {
    VkFence fence = VK_NULL_HANDLE;
    VkResult result = queue.completion->take_fence(fence);
    if (result != VK_SUCCESS) return result;
    const bool apart = waits && queue.device->lets_go_late;
    result = submit(apart ? VK_NULL_HANDLE : fence);
    if (apart && result == VK_SUCCESS)
        result = replay.vk().vkQueueSubmit(handle, 0, nullptr, fence);
    if (result == VK_SUCCESS)
        queue.completion->submitted(fence, std::move(completion.writes),
                                    std::move(completion.signals));
    else
        queue.completion->give_back(fence);
    return result;
}

// Submits the batches, cut after each batch that something is to be told about: a guest may
// wait for a batch before it lets a later one of the same submit go on.
// `submit(first, n, fence)` calls the driver.
template <typename Args, typename Batch, typename Submit>
void submit_all(Replay& replay, const Args& args, std::span<const Batch> batches,
                const char* command, const Submit& submit) {
    const auto count = static_cast<std::uint32_t>(batches.size());
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
        Completion completion;
        while (next_write < args.statusWriteCount && args.pStatusWrites[next_write].batch < last)
            completion.add(replay, args.pStatusWrites[next_write++]);
        const auto part = batches.subspan(first, end - first);
        const bool waits = std::any_of(
            part.begin(), part.end(), [](const Batch& batch) { return waits_for_timeline(batch); });
        const VkResult result =
            submit_part(replay, *queue, args.queue, std::move(completion), waits,
                        [&](VkFence fence) { return submit(first, end - first, fence); });
        if (result != VK_SUCCESS) return replay.expect(result, command);
        first = end;
    } while (first < count);
}

}  // namespace

void replay_vgpuQueueSubmit(Replay& replay, wire::Args_vgpuQueueSubmit& args,
                            wire::Reply_vgpuQueueSubmit&) {
    submit_all(replay, args, std::span<const VkSubmitInfo>(args.pSubmits, args.submitCount),
               "vkQueueSubmit", [&](std::uint32_t first, std::uint32_t n, VkFence fence) {
                   return replay.vk().vkQueueSubmit(args.queue, n, args.pSubmits + first, fence);
               });
}

void replay_vgpuQueueSubmit2(Replay& replay, wire::Args_vgpuQueueSubmit2& args,
                             wire::Reply_vgpuQueueSubmit2&) {
    if (!replay.vk().vkQueueSubmit2) return replay.unserved("vkQueueSubmit2");
    submit_all(replay, args, std::span<const VkSubmitInfo2>(args.pSubmits, args.submitCount),
               "vkQueueSubmit2", [&](std::uint32_t first, std::uint32_t n, VkFence fence) {
                   return replay.vk().vkQueueSubmit2(args.queue, n, args.pSubmits + first, fence);
               });
}

void replay_vgpuQueueBindSparse(Replay& replay, wire::Args_vgpuQueueBindSparse& args,
                                wire::Reply_vgpuQueueBindSparse&) {
    submit_all(replay, args, std::span<const VkBindSparseInfo>(args.pBindInfo, args.bindInfoCount),
               "vkQueueBindSparse", [&](std::uint32_t first, std::uint32_t n, VkFence fence) {
                   return replay.vk().vkQueueBindSparse(args.queue, n, args.pBindInfo + first,
                                                        fence);
               });
}

}  // namespace vgpu::replay
