// One dispatch writes how many groups the next one has.
#include <array>
#include <cstdint>

#include "common/kernel.h"
#include "compute/parts.h"
#include "increment.h"
#include "plan_dispatch.h"

namespace vgpu::programs {

void indirect(const Stage& stage) {
    const Gpu& gpu = stage.gpu;
    const BoundBuffer plan = zeroed_storage(gpu, 3, VK_BUFFER_USAGE_INDIRECT_BUFFER_BIT);
    const BoundBuffer counters = zeroed_storage(gpu, 1);
    const Kernel planner(gpu, plan_dispatch, {plan}, 8);
    const Kernel counting(gpu, increment, {counters}, 8);

    const std::array<std::uint32_t, 2> groups{3, 5}, add{0, 2};
    run_once(gpu, [&](VkCommandBuffer commands) {
        planner.bind(commands, groups.data());
        vkCmdDispatch(commands, 1, 1, 1);
        const Use read_plan{VK_PIPELINE_STAGE_DRAW_INDIRECT_BIT,
                            VK_ACCESS_INDIRECT_COMMAND_READ_BIT};
        memory_barrier(commands, kComputeStorage, read_plan);
        counting.bind(commands, add.data());
        vkCmdDispatchIndirect(commands, plan, 0);
        // A group count of zero is legal and does nothing.
        vkCmdDispatch(commands, 0, 1, 1);
        memory_barrier(commands, kComputeStorage, kCopySource);
    });

    const std::uint32_t counted = read_words(gpu, counters).front();
    stage.report.value("indirect", counted);
    stage.report.check(counted == 2 * 3 * 5 * (3 + 5), "The indirect dispatch runs as planned.");
}

}  // namespace vgpu::programs
