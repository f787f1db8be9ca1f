// Makes kernels and the buffers that they work on.
#include "common/kernel.h"

#include <cstring>

namespace vgpu::programs {

namespace {

constexpr VkBufferUsageFlags kStorage = VK_BUFFER_USAGE_STORAGE_BUFFER_BIT |
                                        VK_BUFFER_USAGE_TRANSFER_SRC_BIT |
                                        VK_BUFFER_USAGE_TRANSFER_DST_BIT;

PipelineLayout layout_of(const Gpu& gpu, VkDescriptorSetLayout set, std::uint32_t push_size) {
    const VkPushConstantRange push{VK_SHADER_STAGE_COMPUTE_BIT, 0, push_size};
    return make_layout(gpu, std::span(&set, 1), std::span(&push, push_size == 0 ? 0 : 1));
}

}  // namespace

Kernel::Kernel(const Gpu& gpu, Spirv code, std::initializer_list<VkBuffer> buffers,
               std::uint32_t push_size, const VkSpecializationInfo* constants)
    : push_size_(push_size) {
    const std::vector<VkDescriptorType> types(buffers.size(), VK_DESCRIPTOR_TYPE_STORAGE_BUFFER);
    set_layout_ = make_set_layout(gpu, types, VK_SHADER_STAGE_COMPUTE_BIT);
    layout_ = layout_of(gpu, set_layout_, push_size);
    pool_ = make_descriptor_pool(gpu, types, 1);
    set_ = allocate_set(gpu, pool_, set_layout_);
    std::uint32_t binding = 0;
    for (VkBuffer buffer : buffers)
        write_buffer(gpu, set_, binding++, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, buffer);
    pipeline_ = make_compute_pipeline(gpu, code, layout_, constants);
}

void Kernel::bind(VkCommandBuffer commands, const void* push) const {
    vkCmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_COMPUTE, pipeline_);
    vkCmdBindDescriptorSets(commands, VK_PIPELINE_BIND_POINT_COMPUTE, layout_, 0, 1, &set_, 0,
                            nullptr);
    if (push_size_ != 0)
        vkCmdPushConstants(commands, layout_, VK_SHADER_STAGE_COMPUTE_BIT, 0, push_size_, push);
}

BoundBuffer storage(const Gpu& gpu, std::span<const std::uint32_t> words) {
    BoundBuffer buffer(gpu, words.size_bytes(), kStorage, Placement::kDevice);
    const BoundBuffer staging(gpu, words.size_bytes(), VK_BUFFER_USAGE_TRANSFER_SRC_BIT,
                              Placement::kUpload);
    staging.write(std::as_bytes(words));
    run_once(gpu, [&](VkCommandBuffer commands) {
        const VkBufferCopy copy{0, 0, words.size_bytes()};
        vkCmdCopyBuffer(commands, staging, buffer, 1, &copy);
        memory_barrier(commands, kCopyTarget, kComputeStorage);
    });
    return buffer;
}

BoundBuffer zeroed_storage(const Gpu& gpu, std::size_t words, VkBufferUsageFlags more_usage) {
    BoundBuffer buffer(gpu, words * 4, kStorage | more_usage, Placement::kDevice);
    run_once(gpu, [&](VkCommandBuffer commands) {
        vkCmdFillBuffer(commands, buffer, 0, VK_WHOLE_SIZE, 0);
        memory_barrier(commands, kCopyTarget, kComputeStorage);
    });
    return buffer;
}

BoundBuffer mapped_storage(const Gpu& gpu, std::size_t words) {
    BoundBuffer buffer(gpu, words * 4, kStorage, Placement::kReadBack);
    std::memset(buffer.mapped().data(), 0, words * 4);
    return buffer;
}

std::vector<std::uint32_t> read_words(const Gpu& gpu, const BoundBuffer& buffer) {
    const std::vector<std::byte> octets = read_buffer(gpu, buffer, buffer.size());
    std::vector<std::uint32_t> words(octets.size() / 4);
    std::memcpy(words.data(), octets.data(), words.size() * 4);
    return words;
}

std::vector<std::uint32_t> random_words(std::size_t count, std::uint32_t seed) {
    std::vector<std::uint32_t> words(count);
    std::uint64_t state = seed;
    for (std::uint32_t& word : words) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        word = static_cast<std::uint32_t>(state >> 32);
    }
    return words;
}

void compute_barrier(VkCommandBuffer commands) {
    memory_barrier(commands, kComputeStorage, kComputeStorage);
}

}  // namespace vgpu::programs
