// What is taken from pools: command buffers and descriptor sets are their pool's children.
#include "replay/replay.h"
#include "replays.h"

namespace vgpu::replay {

namespace {

// Enters `n` objects as children of `pool`.
template <typename Handle>
void enter(Replay& replay, const wire::ObjectId* ids, const Handle* handles, std::uint32_t n,
           wire::ObjectId pool) {
    for (std::uint32_t i = 0; i < n; ++i)
        if (!replay.insert(ids[i], handles[i], replay.table().find(pool))) return;
}

}  // namespace

void replay_vgpuAllocateCommandBuffers(Replay& replay, wire::Args_vgpuAllocateCommandBuffers& args,
                                       wire::Reply_vgpuAllocateCommandBuffers&) {
    const VkCommandBufferAllocateInfo& info = *args.pAllocateInfo;
    if (info.commandPool != args.commandPool)
        return replay.fail("The guest takes command buffers from two pools at once.");
    auto* made = replay.scratch<VkCommandBuffer>(info.commandBufferCount);
    if (!made) return;
    const VkResult result = replay.vk().vkAllocateCommandBuffers(args.device, &info, made);
    replay.expect(result, "vkAllocateCommandBuffers");
    if (result == VK_SUCCESS)
        enter(replay, args.pCommandBuffers, made, info.commandBufferCount, args.commandPool_id);
}

void replay_vgpuAllocateDescriptorSets(Replay& replay, wire::Args_vgpuAllocateDescriptorSets& args,
                                       wire::Reply_vgpuAllocateDescriptorSets& reply) {
    const VkDescriptorSetAllocateInfo& info = *args.pAllocateInfo;
    if (info.descriptorPool != args.descriptorPool)
        return replay.fail("The guest takes descriptor sets from two pools at once.");
    auto* made = replay.scratch<VkDescriptorSet>(info.descriptorSetCount);
    if (!made) return;
    reply.result = replay.vk().vkAllocateDescriptorSets(args.device, &info, made);
    if (reply.result == VK_SUCCESS)
        enter(replay, args.pDescriptorSets, made, info.descriptorSetCount, args.descriptorPool_id);
}

void replay_vkResetDescriptorPool(Replay& replay, wire::Args_vkResetDescriptorPool& args,
                                  wire::Reply_vkResetDescriptorPool&) {
    if (wire::Slot* pool = replay.table().find(args.descriptorPool_id))
        replay.table().erase_children(*pool);
    replay.expect(replay.vk().vkResetDescriptorPool(args.device, args.descriptorPool, args.flags),
                  "vkResetDescriptorPool");
}

}  // namespace vgpu::replay
