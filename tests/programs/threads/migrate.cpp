// Command buffers that each thread of a ring goes on recording where the one before stopped.
#include <cstdint>
#include <deque>

#include "accumulate.h"
#include "common/kernel.h"
#include "threads/parts.h"
#include "threads/team.h"

namespace vgpu::programs {

namespace {

constexpr std::uint32_t kValues = 64;
constexpr std::uint32_t kBuffers = 30;

// A command buffer with a pool of its own, which must move with it.
struct Traveller {
    BoundBuffer values;
    Kernel kernel;
    Commands pool;
    VkCommandBuffer commands;

    explicit Traveller(const Gpu& gpu)
        : values(mapped_storage(gpu, kValues)),
          kernel(gpu, accumulate, {values}, 4),
          pool(gpu),
          commands(pool.allocate()) {}
};

void record_step(const Traveller& traveller, std::uint32_t step, std::uint32_t steps) {
    if (step == 0) begin(traveller.commands);
    traveller.kernel.bind(traveller.commands, &step);
    vkCmdDispatch(traveller.commands, kValues / 64, 1, 1);
    compute_barrier(traveller.commands);
    if (step + 1 < steps) return;
    memory_barrier(traveller.commands, kComputeStorage, kHostRead);
    check(vkEndCommandBuffer(traveller.commands));
}

std::uint32_t expected(std::uint32_t steps) {
    std::uint32_t value = 0;
    for (std::uint32_t step = 0; step < steps; ++step) value = value * 3 + step;
    return value;
}

}  // namespace

void migrate(const Stage& stage, std::uint32_t threads) {
    const Gpu& gpu = stage.gpu;
    SharedQueue queue(gpu);
    std::deque<Traveller> travellers;
    for (std::uint32_t i = 0; i < kBuffers; ++i) travellers.emplace_back(gpu);
    std::deque<Belt<Traveller*>> belts(threads);  // belts[i] leads to thread i
    for (Traveller& traveller : travellers) belts[0].put(&traveller);
    belts[0].close();

    run_team(threads, [&](std::uint32_t index) {
        const bool last = index + 1 == threads;
        Belt<Traveller*> nowhere;
        Belt<Traveller*>& onward = last ? nowhere : belts[index + 1];
        const BeltCloser closer(onward);
        while (auto traveller = belts[index].take()) {
            record_step(**traveller, index, threads);
            if (last)
                queue.run((*traveller)->commands);
            else
                onward.put(*traveller);
        }
    });

    Hash hash;
    bool right = true;
    for (const Traveller& traveller : travellers) {
        hash.add(std::span<const std::byte>(traveller.values.mapped()));
        for (std::uint32_t value : traveller.values.as<std::uint32_t>())
            right = right && value == expected(threads);
    }
    stage.report.hash("migrate", hash);
    stage.report.check(right, "Commands run in the order in which the threads recorded them.");
}

}  // namespace vgpu::programs
