// A command buffer as the guest knows it: the channel that records it and what it touches.
#pragma once

#include <cstddef>
#include <memory>

#include "icd/object.h"
#include "icd/touched.h"

namespace vgpu::icd {

struct CommandPool;

// Owned by its CommandPool. Used by the thread that records it, which may change.
struct CommandBuffer : Dispatchable {
    CommandBuffer(Context& owner, CommandPool& parent, VkCommandBufferLevel of_level)
        : Dispatchable(owner), pool(&parent), level(of_level) {}

    // The calling thread's channel, ordered after what another thread recorded before.
    Channel& recording_channel() {
        Channel& mine = context->channel();
        if (&mine == channel) [[likely]]
            return mine;
        return move_to(mine);
    }
    Channel& move_to(Channel& mine);
    // What is posted next comes after everything that was recorded into this command buffer, or
    // that executes it.
    void order_after_uses();
    // What a submit of this command buffer touches; null when there is no memory for it, which
    // vkEndCommandBuffer then tells.
    Touched* touch();
    // For vkBeginCommandBuffer and the resets.
    void forget_recording();

    Channel* channel = nullptr;
    CommandPool* const pool;
    const VkCommandBufferLevel level;
    // Secondary: the channel of the last primary that executes it.
    Channel* executed_on = nullptr;
    bool executed_on_many = false;
    // The guest had no memory while it recorded.
    bool failed = false;
    // Null until something is touched: most command buffers touch nothing.
    std::unique_ptr<Touched> touched;
    std::size_t index_in_pool = 0;
};

}  // namespace vgpu::icd
