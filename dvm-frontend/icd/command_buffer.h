// A command buffer as the guest knows it: the channel that records it and what it touches.
#pragma once

#include "icd/object.h"

namespace vgpu::icd {

struct CommandPool;

// Owned by its CommandPool. Used by the thread that records it, which may change.
struct CommandBuffer : Dispatchable {
    explicit CommandBuffer(Context& owner) : Dispatchable(owner) {}

    // The calling thread's channel, ordered after what another thread recorded before.
    Channel& recording_channel() {
        Channel& mine = context->channel();
        if (&mine == channel) [[likely]]
            return mine;
        return move_to(mine);
    }
    Channel& move_to(Channel& mine);

    Channel* channel = nullptr;
    CommandPool* pool = nullptr;
};

}  // namespace vgpu::icd
