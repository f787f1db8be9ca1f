// The product of two matrices of small whole numbers, which floats hold exactly.
#include <cstdint>
#include <cstring>

#include "common/kernel.h"
#include "compute/parts.h"
#include "multiply.h"

namespace vgpu::programs {

namespace {

constexpr std::uint32_t kSide = 128;

std::vector<float> small_numbers(std::uint32_t seed) {
    std::vector<float> numbers;
    for (std::uint32_t word : random_words(kSide * kSide, seed))
        numbers.push_back(static_cast<float>(word % 17) - 8.0f);
    return numbers;
}

std::vector<float> multiply_on_host(const std::vector<float>& left,
                                    const std::vector<float>& right) {
    std::vector<float> product(kSide * kSide);
    for (std::uint32_t y = 0; y < kSide; ++y)
        for (std::uint32_t i = 0; i < kSide; ++i)
            for (std::uint32_t x = 0; x < kSide; ++x)
                product[y * kSide + x] += left[y * kSide + i] * right[i * kSide + x];
    return product;
}

BoundBuffer uploaded(const Gpu& gpu, const std::vector<float>& numbers) {
    std::vector<std::uint32_t> words(numbers.size());
    std::memcpy(words.data(), numbers.data(), words.size() * 4);
    return storage(gpu, words);
}

}  // namespace

void matrices(const Stage& stage) {
    const Gpu& gpu = stage.gpu;
    const std::vector<float> left = small_numbers(2), right = small_numbers(3);
    const BoundBuffer left_buffer = uploaded(gpu, left), right_buffer = uploaded(gpu, right);
    const BoundBuffer product = zeroed_storage(gpu, kSide * kSide);
    const VkSpecializationMapEntry side_entry{0, 0, sizeof kSide};
    const VkSpecializationInfo constants{1, &side_entry, sizeof kSide, &kSide};
    const Kernel kernel(gpu, multiply, {left_buffer, right_buffer, product}, 0, &constants);

    run_once(gpu, [&](VkCommandBuffer commands) {
        kernel.bind(commands);
        vkCmdDispatch(commands, kSide / 16, kSide / 16, 1);
        memory_barrier(commands, kComputeStorage, kCopySource);
    });

    const std::vector<std::byte> octets = read_buffer(gpu, product, product.size());
    const std::vector<float> expected = multiply_on_host(left, right);
    stage.report.hash("matrices", octets);
    stage.report.check(std::memcmp(octets.data(), expected.data(), octets.size()) == 0,
                       "The product is the one that the host computes.");
}

}  // namespace vgpu::programs
