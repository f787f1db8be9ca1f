// Descriptor sets that all threads allocate, write, use, free and reset at once.
#include <cstdint>

#include "accumulate.h"
#include "common/kernel.h"
#include "threads/parts.h"
#include "threads/team.h"

namespace vgpu::programs {

namespace {

constexpr std::uint32_t kValues = 64;
constexpr std::uint32_t kRounds = 20;
constexpr std::uint32_t kSets = 8;
constexpr VkDescriptorType kTypes[] = {VK_DESCRIPTOR_TYPE_STORAGE_BUFFER};
constexpr VkPushConstantRange kPush{VK_SHADER_STAGE_COMPUTE_BIT, 0, 4};

DescriptorPool make_pool(const Gpu& gpu) {
    const VkDescriptorPoolSize size{kTypes[0], kSets};
    VkDescriptorPoolCreateInfo info{VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO};
    info.flags = VK_DESCRIPTOR_POOL_CREATE_FREE_DESCRIPTOR_SET_BIT;
    info.maxSets = kSets;
    info.poolSizeCount = 1;
    info.pPoolSizes = &size;
    return DescriptorPool(gpu.device(), info);
}

// Shared by all threads, which only read them.
struct Shared {
    const Gpu& gpu;
    SharedQueue queue;
    DescriptorSetLayout set_layout;
    PipelineLayout layout;
    ComputePipeline pipeline;

    explicit Shared(const Gpu& device)
        : gpu(device),
          queue(device),
          set_layout(make_set_layout(device, kTypes, VK_SHADER_STAGE_COMPUTE_BIT)),
          layout(make_layout(device, std::span(set_layout.address(), 1), std::span(&kPush, 1))),
          pipeline(make_compute_pipeline(device, accumulate, layout)) {}
};

void dispatch_with(const Shared& shared, VkCommandBuffer commands, VkDescriptorSet set,
                   std::uint32_t amount) {
    vkCmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_COMPUTE, shared.pipeline);
    vkCmdBindDescriptorSets(commands, VK_PIPELINE_BIND_POINT_COMPUTE, shared.layout, 0, 1, &set, 0,
                            nullptr);
    vkCmdPushConstants(commands, shared.layout, kPush.stageFlags, 0, kPush.size, &amount);
    vkCmdDispatch(commands, kValues / 64, 1, 1);
}

// Each round: fill the pool, use every set on a buffer of its own, free some, reset the rest.
void work(Shared& shared, const std::vector<BoundBuffer>& buffers) {
    const Gpu& gpu = shared.gpu;
    const DescriptorPool sets_pool = make_pool(gpu);
    const Commands pool(gpu);
    VkCommandBuffer commands = pool.allocate();
    for (std::uint32_t round = 0; round < kRounds; ++round) {
        std::vector<VkDescriptorSet> sets;
        begin(commands, VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT);
        for (std::uint32_t i = 0; i < kSets; ++i) {
            sets.push_back(allocate_set(gpu, sets_pool, shared.set_layout));
            write_buffer(gpu, sets[i], 0, kTypes[0], buffers[i]);
            dispatch_with(shared, commands, sets[i], round + i);
        }
        memory_barrier(commands, kComputeStorage, kHostRead);
        check(vkEndCommandBuffer(commands));
        shared.queue.run(commands);
        check(vkFreeDescriptorSets(gpu.device(), sets_pool, kSets / 2, sets.data()));
        if (round % 2 == 0) {
            check(vkResetDescriptorPool(gpu.device(), sets_pool, 0));
        } else {
            check(vkFreeDescriptorSets(gpu.device(), sets_pool, kSets / 2, &sets[kSets / 2]));
        }
    }
}

std::uint32_t expected(std::uint32_t buffer) {
    std::uint32_t value = 0;
    for (std::uint32_t round = 0; round < kRounds; ++round) value = value * 3 + round + buffer;
    return value;
}

}  // namespace

void descriptors(const Stage& stage, std::uint32_t threads) {
    const Gpu& gpu = stage.gpu;
    Shared shared(gpu);
    std::vector<std::vector<BoundBuffer>> buffers(threads);
    for (auto& list : buffers)
        for (std::uint32_t i = 0; i < kSets; ++i) list.push_back(mapped_storage(gpu, kValues));
    run_team(threads, [&](std::uint32_t index) { work(shared, buffers[index]); });
    Hash hash;
    bool right = true;
    for (const auto& list : buffers)
        for (std::uint32_t i = 0; i < kSets; ++i) {
            hash.add(std::span<const std::byte>(list[i].mapped()));
            for (std::uint32_t value : list[i].as<std::uint32_t>())
                right = right && value == expected(i);
        }
    stage.report.hash("descriptors", hash);
    stage.report.check(right, "Each set reaches the buffer that was written into it.");
}

}  // namespace vgpu::programs
