// A compute shader with its layout and one descriptor set of storage buffers.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <vector>

#include "common/commands.h"
#include "common/pipelines.h"

namespace vgpu::programs {

// Owned by a part, on its thread. Bindings 0, 1, 2 ... are the given storage buffers.
class Kernel {
  public:
    Kernel(const Gpu& gpu, Spirv code, std::initializer_list<VkBuffer> buffers,
           std::uint32_t push_size = 0, const VkSpecializationInfo* constants = nullptr);

    // Binds pipeline and set, and pushes `push` where the shader has push constants.
    void bind(VkCommandBuffer commands, const void* push = nullptr) const;
    VkPipelineLayout layout() const { return layout_; }

  private:
    DescriptorSetLayout set_layout_;
    PipelineLayout layout_;
    DescriptorPool pool_;
    VkDescriptorSet set_ = VK_NULL_HANDLE;
    ComputePipeline pipeline_;
    std::uint32_t push_size_;
};

// A storage buffer that can also be copied, filled with the given words or zeroes.
BoundBuffer storage(const Gpu& gpu, std::span<const std::uint32_t> words);
BoundBuffer zeroed_storage(const Gpu& gpu, std::size_t words, VkBufferUsageFlags more_usage = 0);
// Zeroes that the host keeps mapped and reads results from.
BoundBuffer mapped_storage(const Gpu& gpu, std::size_t words);
std::vector<std::uint32_t> read_words(const Gpu& gpu, const BoundBuffer& buffer);

// The same numbers in every run.
std::vector<std::uint32_t> random_words(std::size_t count, std::uint32_t seed);

// Where one dispatch reads what the one before wrote.
void compute_barrier(VkCommandBuffer commands);

}  // namespace vgpu::programs
