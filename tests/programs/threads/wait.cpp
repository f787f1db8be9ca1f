// Many threads that wait for the same fence and the same timeline semaphore at once.
#include <atomic>
#include <cstdint>
#include <limits>

#include "common/commands.h"
#include "threads/parts.h"
#include "threads/team.h"

namespace vgpu::programs {

namespace {

constexpr std::uint64_t kForever = std::numeric_limits<std::uint64_t>::max();

Semaphore make_timeline(const Gpu& gpu) {
    VkSemaphoreTypeCreateInfo type{VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO};
    type.semaphoreType = VK_SEMAPHORE_TYPE_TIMELINE;
    VkSemaphoreCreateInfo info{VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO};
    info.pNext = &type;
    return Semaphore(gpu.device(), info);
}

void wait_for_value(const Gpu& gpu, VkSemaphore semaphore, std::uint64_t value) {
    VkSemaphoreWaitInfo info{VK_STRUCTURE_TYPE_SEMAPHORE_WAIT_INFO};
    info.semaphoreCount = 1;
    info.pSemaphores = &semaphore;
    info.pValues = &value;
    check(vkWaitSemaphores(gpu.device(), &info, kForever));
}

// Submits to a fence what an event holds back until all threads are about to wait.
void one_fence(const Stage& stage, std::uint32_t threads) {
    const Gpu& gpu = stage.gpu;
    const Fence fence = make_fence(gpu);
    const Event gate(gpu.device(), VkEventCreateInfo{VK_STRUCTURE_TYPE_EVENT_CREATE_INFO});
    const Commands pool(gpu);
    VkCommandBuffer commands = pool.allocate();
    begin(commands);
    vkCmdWaitEvents(commands, 1, gate.address(), VK_PIPELINE_STAGE_HOST_BIT,
                    VK_PIPELINE_STAGE_ALL_COMMANDS_BIT, 0, nullptr, 0, nullptr, 0, nullptr);
    check(vkEndCommandBuffer(commands));
    SharedQueue(gpu).submit(commands, fence);
    std::atomic<std::uint32_t> ready{0}, woken{0};
    run_team(threads, [&](std::uint32_t) {
        if (++ready == threads) check(vkSetEvent(gpu.device(), gate));
        wait_for(gpu, fence);
        ++woken;
    });
    stage.report.value("wait_fence", woken);
}

// The threads pass a baton by a timeline: each waits for its turn and signals the next one's.
void baton(const Stage& stage, std::uint32_t threads) {
    const Gpu& gpu = stage.gpu;
    if (!gpu.features().v12.timelineSemaphore) {
        stage.report.not_offered("wait_baton");
        return;
    }
    const Semaphore timeline = make_timeline(gpu);
    std::vector<std::uint32_t> order;  // only the thread whose turn it is touches it
    constexpr std::uint32_t kRounds = 10;
    run_team(threads, [&](std::uint32_t index) {
        for (std::uint32_t round = 0; round < kRounds; ++round) {
            const std::uint64_t turn = std::uint64_t{round} * threads + index;
            wait_for_value(gpu, timeline, turn);
            order.push_back(index);
            VkSemaphoreSignalInfo next{VK_STRUCTURE_TYPE_SEMAPHORE_SIGNAL_INFO};
            next.semaphore = timeline;
            next.value = turn + 1;
            check(vkSignalSemaphore(gpu.device(), &next));
        }
    });
    bool in_turn = order.size() == std::size_t{kRounds} * threads;
    for (std::size_t i = 0; i < order.size(); ++i) in_turn = in_turn && order[i] == i % threads;
    stage.report.value("wait_baton", order.size());
    stage.report.check(in_turn, "The threads take turns in order.");
}

}  // namespace

void wait(const Stage& stage, std::uint32_t threads) {
    one_fence(stage, threads);
    baton(stage, threads);
}

}  // namespace vgpu::programs
