// Pipelines that all threads compile at once, with one pipeline cache between them.
#include <cstdint>

#include "common/kernel.h"
#include "polynomial.h"
#include "threads/parts.h"
#include "threads/team.h"

namespace vgpu::programs {

namespace {

constexpr std::uint32_t kValues = 64;
constexpr std::uint32_t kPipelines = 6;  // a thread
constexpr VkDescriptorType kTypes[] = {VK_DESCRIPTOR_TYPE_STORAGE_BUFFER};

// The constants of polynomial.comp: different for every pipeline of every thread.
struct Constants {
    std::uint32_t factor, rounds;
};
constexpr VkSpecializationMapEntry kEntries[] = {{0, offsetof(Constants, factor), 4},
                                                 {1, offsetof(Constants, rounds), 4}};

Constants constants_of(std::uint32_t thread, std::uint32_t pipeline) {
    return {thread * 10 + 3, pipeline + 1};
}

std::uint32_t expected(Constants constants, std::uint32_t start) {
    std::uint32_t value = start;
    for (std::uint32_t i = 0; i < constants.rounds; ++i) value = value * constants.factor + i;
    return value;
}

// What one thread compiles into and runs with.
class Bench {
  public:
    Bench(const Gpu& gpu, const BoundBuffer& values)
        : gpu_(gpu),
          set_layout_(make_set_layout(gpu, kTypes, VK_SHADER_STAGE_COMPUTE_BIT)),
          layout_(make_layout(gpu, std::span(set_layout_.address(), 1))),
          sets_(make_descriptor_pool(gpu, kTypes, 1)),
          set_(allocate_set(gpu, sets_, set_layout_)),
          pool_(gpu) {
        write_buffer(gpu, set_, 0, kTypes[0], values);
    }

    ComputePipeline compile(Constants constants, VkPipelineCache cache) const {
        const VkSpecializationInfo info{2, kEntries, sizeof constants, &constants};
        return make_compute_pipeline(gpu_, polynomial, layout_, &info, cache);
    }
    void run(VkPipeline pipeline, SharedQueue& queue) const {
        VkCommandBuffer commands = pool_.allocate();
        begin(commands);
        vkCmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_COMPUTE, pipeline);
        vkCmdBindDescriptorSets(commands, VK_PIPELINE_BIND_POINT_COMPUTE, layout_, 0, 1, &set_, 0,
                                nullptr);
        vkCmdDispatch(commands, kValues / 64, 1, 1);
        memory_barrier(commands, kComputeStorage, kHostRead);
        check(vkEndCommandBuffer(commands));
        queue.run(commands);
    }

  private:
    const Gpu& gpu_;
    DescriptorSetLayout set_layout_;
    PipelineLayout layout_;
    DescriptorPool sets_;
    VkDescriptorSet set_;
    Commands pool_;
};

}  // namespace

void compile(const Stage& stage, std::uint32_t threads) {
    const Gpu& gpu = stage.gpu;
    SharedQueue queue(gpu);
    const PipelineCache cache(gpu.device(), {VK_STRUCTURE_TYPE_PIPELINE_CACHE_CREATE_INFO});
    std::vector<Hash> hashes(threads);
    run_team(threads, [&](std::uint32_t index) {
        const BoundBuffer values = mapped_storage(gpu, kValues);
        const Bench bench(gpu, values);
        for (std::uint32_t i = 0; i < kPipelines; ++i) {
            const Constants constants = constants_of(index, i);
            const ComputePipeline pipeline = bench.compile(constants, cache);
            bench.run(pipeline, queue);
            bool right = true;
            for (std::uint32_t j = 0; j < kValues; ++j)
                right = right && values.as<std::uint32_t>()[j] == expected(constants, j);
            stage.report.check(right, "Each pipeline computes with the constants it was given.");
            hashes[index].add(std::span<const std::byte>(values.mapped()));
        }
    });
    Hash all;
    for (const Hash& hash : hashes) all.add(hash.value());
    stage.report.hash("compile", all);
}

}  // namespace vgpu::programs
