// Every thread records, submits and checks, with pools and buffers of its own.
#include <cstdint>

#include "accumulate.h"
#include "common/kernel.h"
#include "threads/parts.h"
#include "threads/team.h"

namespace vgpu::programs {

namespace {

constexpr std::uint32_t kValues = 256;
constexpr std::uint32_t kRounds = 40;
constexpr std::uint32_t kDispatches = 5;

// What accumulate.comp leaves after all rounds, for a thread that adds `seed` + dispatch.
std::uint32_t expected(std::uint32_t seed) {
    std::uint32_t value = 0;
    for (std::uint32_t round = 0; round < kRounds; ++round)
        for (std::uint32_t i = 0; i < kDispatches; ++i) value = value * 3 + seed + i;
    return value;
}

void record_round(VkCommandBuffer commands, const Kernel& kernel, std::uint32_t seed) {
    begin(commands, VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT);
    for (std::uint32_t i = 0; i < kDispatches; ++i) {
        const std::uint32_t amount = seed + i;
        kernel.bind(commands, &amount);
        vkCmdDispatch(commands, kValues / 64, 1, 1);
        compute_barrier(commands);
    }
    memory_barrier(commands, kComputeStorage, kHostRead);
    check(vkEndCommandBuffer(commands));
}

// Half of the threads reset the pool, the others the buffer.
void work(const Gpu& gpu, SharedQueue& queue, const BoundBuffer& values, std::uint32_t index) {
    const Kernel kernel(gpu, accumulate, {values}, 4);
    const Commands pool(gpu);
    VkCommandBuffer commands = pool.allocate();
    for (std::uint32_t round = 0; round < kRounds; ++round) {
        if (index % 2 == 0) check(vkResetCommandPool(gpu.device(), pool.pool(), 0));
        record_round(commands, kernel, index);
        queue.run(commands);
    }
}

}  // namespace

void record(const Stage& stage, std::uint32_t threads) {
    const Gpu& gpu = stage.gpu;
    SharedQueue queue(gpu);
    std::vector<BoundBuffer> values;
    for (std::uint32_t i = 0; i < threads; ++i) values.push_back(mapped_storage(gpu, kValues));
    run_team(threads, [&](std::uint32_t index) { work(gpu, queue, values[index], index); });
    Hash hash;
    for (std::uint32_t i = 0; i < threads; ++i) {
        hash.add(std::span<const std::byte>(values[i].mapped()));
        for (std::uint32_t value : values[i].as<std::uint32_t>())
            if (value != expected(i)) {
                stage.report.check(false, "Thread " + std::to_string(i) + " finds its result.");
                break;
            }
    }
    stage.report.hash("record", hash);
}

}  // namespace vgpu::programs
