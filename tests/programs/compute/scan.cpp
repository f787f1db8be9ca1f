// Prefix sums of 65,536 numbers: each dispatch reads what the one before wrote.
#include <cstdint>
#include <numeric>

#include "add_blocks.h"
#include "common/kernel.h"
#include "compute/parts.h"
#include "scan_block.h"

namespace vgpu::programs {

namespace {

constexpr std::uint32_t kBlock = 256;  // as in the shaders
constexpr std::uint32_t kBlocks = 256;

}  // namespace

void scan(const Stage& stage) {
    const Gpu& gpu = stage.gpu;
    const std::vector<std::uint32_t> numbers = random_words(kBlock * kBlocks, 1);
    const BoundBuffer values = storage(gpu, numbers);
    const BoundBuffer totals = zeroed_storage(gpu, kBlocks);
    const BoundBuffer grand_total = zeroed_storage(gpu, 1);
    const Kernel scan_values(gpu, scan_block, {values, totals});
    const Kernel scan_totals(gpu, scan_block, {totals, grand_total});
    const Kernel add(gpu, add_blocks, {values, totals});

    run_once(gpu, [&](VkCommandBuffer commands) {
        scan_values.bind(commands);
        vkCmdDispatch(commands, kBlocks, 1, 1);
        compute_barrier(commands);
        scan_totals.bind(commands);
        vkCmdDispatch(commands, 1, 1, 1);
        compute_barrier(commands);
        add.bind(commands);
        vkCmdDispatch(commands, kBlocks, 1, 1);
        memory_barrier(commands, kComputeStorage, kCopySource);
    });

    const std::vector<std::uint32_t> sums = read_words(gpu, values);
    std::vector<std::uint32_t> expected(numbers.size());
    std::partial_sum(numbers.begin(), numbers.end(), expected.begin());
    stage.report.hash("scan", std::as_bytes(std::span(sums)));
    stage.report.check(sums == expected, "The prefix sums are those that the host computes.");
}

}  // namespace vgpu::programs
