// Descriptors that are pushed into the command buffer in place of sets.
#include <cstdint>

#include "common/kernel.h"
#include "compute/parts.h"
#include "transform.h"

namespace vgpu::programs {

namespace {

constexpr std::uint32_t kCount = 4096;
constexpr VkDescriptorType kTypes[] = {VK_DESCRIPTOR_TYPE_STORAGE_BUFFER,
                                       VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER};

VkWriteDescriptorSet write_of(std::uint32_t binding, const VkDescriptorBufferInfo* buffer) {
    VkWriteDescriptorSet write{VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET};
    write.dstBinding = binding;
    write.descriptorCount = 1;
    write.descriptorType = kTypes[binding];
    write.pBufferInfo = buffer;
    return write;
}

}  // namespace

void push_descriptors(const Stage& stage) {
    const Gpu& gpu = stage.gpu;
    if (!gpu.enables(VK_KHR_PUSH_DESCRIPTOR_EXTENSION_NAME)) {
        stage.report.not_offered("push_descriptors");
        return;
    }
    const auto push = gpu.load<PFN_vkCmdPushDescriptorSetKHR>("vkCmdPushDescriptorSetKHR");
    const DescriptorSetLayout set_layout =
        make_set_layout(gpu, kTypes, VK_SHADER_STAGE_COMPUTE_BIT,
                        VK_DESCRIPTOR_SET_LAYOUT_CREATE_PUSH_DESCRIPTOR_BIT_KHR);
    const PipelineLayout layout = make_layout(gpu, std::span(set_layout.address(), 1));
    const ComputePipeline pipeline = make_compute_pipeline(gpu, transform, layout);
    const std::vector<std::uint32_t> numbers = random_words(kCount, 7);
    const BoundBuffer values[] = {storage(gpu, numbers), storage(gpu, numbers)};
    const VkDeviceSize stride = gpu.properties().limits.minUniformBufferOffsetAlignment;
    const BoundBuffer factors(gpu, stride + 4, VK_BUFFER_USAGE_UNIFORM_BUFFER_BIT,
                              Placement::kUpload);
    factors.as<std::uint32_t>()[0] = 3;
    factors.as<std::uint32_t>()[stride / 4] = 5;

    run_once(gpu, [&](VkCommandBuffer commands) {
        vkCmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_COMPUTE, pipeline);
        for (std::size_t i = 0; i < 2; ++i) {
            const VkDescriptorBufferInfo value{values[i], 0, VK_WHOLE_SIZE};
            const VkDescriptorBufferInfo factor{factors, i * stride, 4};
            const VkWriteDescriptorSet writes[] = {write_of(0, &value), write_of(1, &factor)};
            push(commands, VK_PIPELINE_BIND_POINT_COMPUTE, layout, 0, 2, writes);
            vkCmdDispatch(commands, kCount / 64, 1, 1);
        }
        memory_barrier(commands, kComputeStorage, kCopySource);
    });

    for (std::uint32_t i = 0; i < 2; ++i) {
        const std::vector<std::uint32_t> result = read_words(gpu, values[i]);
        stage.report.hash("push_descriptors_" + std::to_string(i),
                          std::as_bytes(std::span(result)));
        bool right = true;
        for (std::uint32_t j = 0; j < kCount; ++j)
            right = right && result[j] == numbers[j] * (i == 0 ? 3 : 5) + j;
        stage.report.check(right, "Each dispatch sees the descriptors that were pushed for it.");
    }
}

}  // namespace vgpu::programs
