// A command pool as the guest knows it: the owner of its command buffers.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "icd/command_buffer.h"

namespace vgpu::icd {

// Owned by the application, which synchronises its use.
struct CommandPool : wire::GuestObject {
    // Appends `count` buffers with ids of their own. On failure none is left.
    VkResult add(Context& context, VkCommandBufferLevel level, std::uint32_t count);
    // Gives the buffer's id back and ends it. Null buffers are passed over.
    void remove(VkCommandBuffer buffer);
    // Ends the buffers from the `first` on.
    void remove_from(std::size_t first);
    // What is posted next comes after everything recorded from the pool.
    void order_after_recording(Context& context) const;
    // What is posted next comes after every use of the pool's buffers.
    void order_after_uses() const;

    PoolRecording recording;
    std::vector<std::unique_ptr<CommandBuffer>> buffers;
};

}  // namespace vgpu::icd
