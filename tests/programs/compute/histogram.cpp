// Counts the octets of a megabyte by atomic additions.
#include <array>
#include <cstdint>

#include "common/kernel.h"
#include "compute/parts.h"
#include "count_octets.h"

namespace vgpu::programs {

void histogram(const Stage& stage) {
    const Gpu& gpu = stage.gpu;
    const std::vector<std::uint32_t> words = random_words(1 << 18, 4);
    const BoundBuffer input = storage(gpu, words);
    const BoundBuffer bins = zeroed_storage(gpu, 256);
    const Kernel kernel(gpu, count_octets, {input, bins}, sizeof(std::uint32_t));

    const auto count = static_cast<std::uint32_t>(words.size());
    run_once(gpu, [&](VkCommandBuffer commands) {
        kernel.bind(commands, &count);
        vkCmdDispatch(commands, 32, 1, 1);
        memory_barrier(commands, kComputeStorage, kCopySource);
    });

    std::vector<std::uint32_t> expected(256);
    for (std::uint32_t word : words)
        for (int shift = 0; shift < 32; shift += 8) ++expected[word >> shift & 255];
    const std::vector<std::uint32_t> counted = read_words(gpu, bins);
    stage.report.hash("histogram", std::as_bytes(std::span(counted)));
    stage.report.check(counted == expected, "Each octet is counted as often as it occurs.");
}

}  // namespace vgpu::programs
