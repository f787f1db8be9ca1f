// A command buffer as the guest knows it: the channel that records it and what it touches.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <new>

#include "icd/object.h"
#include "icd/touched.h"

namespace vgpu::icd {

struct CommandPool;

// A pool's memory is used by whoever records one of its command buffers, one thread at a time
// (Vulkan specification, "Command Pools"): so all of them together keep to one channel's order.
struct PoolRecording {
    Channel* last = nullptr;  // the channel that recorded last
};

// Owned by its CommandPool. Used by the thread that records it, which may change.
struct CommandBuffer : Dispatchable {
    CommandBuffer(Context& owner, CommandPool& parent, PoolRecording& of_pool,
                  VkCommandBufferLevel of_level)
        : Dispatchable(owner), recording(of_pool), pool(&parent), level(of_level) {}

    // The calling thread's channel, ordered after what other threads recorded into this pool.
    Channel& recording_channel() {
        Channel& mine = context->channel();
        if (&mine == recording.last) [[likely]]
            return mine;
        return move_to(mine);
    }
    Channel& move_to(Channel& mine);
    // A primary whose records lie in `primary` executes this secondary.
    void executed_by(Channel& primary) {
        Channel* before = executed_on.exchange(&primary, std::memory_order_acq_rel);
        if (before && before != &primary) executed_on_many.store(true, std::memory_order_release);
    }
    // What is posted next comes after everything that was recorded into this command buffer, or
    // that executes it.
    void order_after_uses();
    // Calls change(Touched&), which may throw std::bad_alloc: vkEndCommandBuffer then tells.
    template <typename Change>
    void note(const Change& change) {
        try {
            if (!touched) touched = std::make_unique<Touched>();
            change(*touched);
        } catch (const std::bad_alloc&) {
            failed = true;
        }
    }
    // For vkBeginCommandBuffer and the resets.
    void forget_recording();

    PoolRecording& recording;
    CommandPool* const pool;
    const VkCommandBufferLevel level;
    // Secondary: the channel of the last primary that executes it. Several threads may record
    // primaries that do.
    std::atomic<Channel*> executed_on{nullptr};
    std::atomic<bool> executed_on_many{false};
    // The guest had no memory while it recorded.
    bool failed = false;
    // Null until something is touched: most command buffers touch nothing.
    std::unique_ptr<Touched> touched;
    std::size_t index_in_pool = 0;
};

}  // namespace vgpu::icd
