// Reads a texel buffer, and loads, stores and adds atomically in images.
#include <cstdint>
#include <cstring>

#include "common/kernel.h"
#include "compute/parts.h"
#include "texel_sum.h"

namespace vgpu::programs {

namespace {

constexpr std::uint32_t kSide = 64;
constexpr VkDescriptorType kTypes[] = {VK_DESCRIPTOR_TYPE_UNIFORM_TEXEL_BUFFER,
                                       VK_DESCRIPTOR_TYPE_STORAGE_IMAGE,
                                       VK_DESCRIPTOR_TYPE_STORAGE_IMAGE};

BoundImage make_image(const Gpu& gpu) {
    return BoundImage(gpu, {VK_FORMAT_R32_UINT,
                            {kSide, kSide},
                            VK_IMAGE_USAGE_STORAGE_BIT | VK_IMAGE_USAGE_TRANSFER_SRC_BIT |
                                VK_IMAGE_USAGE_TRANSFER_DST_BIT});
}

void write_texel_view(const Gpu& gpu, VkDescriptorSet set, VkBufferView view) {
    VkWriteDescriptorSet write{VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET};
    write.dstSet = set;
    write.descriptorCount = 1;
    write.descriptorType = kTypes[0];
    write.pTexelBufferView = &view;
    vkUpdateDescriptorSets(gpu.device(), 1, &write, 0, nullptr);
}

std::vector<std::uint32_t> expected_sums(const std::vector<std::uint32_t>& texels,
                                         const std::vector<std::uint32_t>& before) {
    std::vector<std::uint32_t> after(before.size());
    for (std::uint32_t y = 0; y < kSide; ++y)
        for (std::uint32_t x = 0; x < kSide; ++x) {
            const std::uint32_t index = y * kSide + x;
            after[x * kSide + y] = before[index] + texels[index % texels.size()];
        }
    return after;
}

}  // namespace

void texels(const Stage& stage) {
    const Gpu& gpu = stage.gpu;
    const std::vector<std::uint32_t> numbers = random_words(1000, 5);
    const std::vector<std::uint32_t> pixels = random_words(kSide * kSide, 6);
    const BoundBuffer buffer(gpu, numbers.size() * 4, VK_BUFFER_USAGE_UNIFORM_TEXEL_BUFFER_BIT,
                             Placement::kUpload);
    buffer.write(std::as_bytes(std::span(numbers)));
    VkBufferViewCreateInfo view_info{VK_STRUCTURE_TYPE_BUFFER_VIEW_CREATE_INFO};
    view_info.buffer = buffer;
    view_info.format = VK_FORMAT_R32_UINT;
    view_info.range = VK_WHOLE_SIZE;
    const BufferView view(gpu.device(), view_info);
    const BoundImage before = make_image(gpu), after = make_image(gpu);
    upload_image(gpu, before, std::as_bytes(std::span(pixels)), kComputeStorage);

    const DescriptorSetLayout set_layout =
        make_set_layout(gpu, kTypes, VK_SHADER_STAGE_COMPUTE_BIT);
    const PipelineLayout layout = make_layout(gpu, std::span(set_layout.address(), 1));
    const DescriptorPool pool = make_descriptor_pool(gpu, kTypes, 1);
    const VkDescriptorSet set = allocate_set(gpu, pool, set_layout);
    write_texel_view(gpu, set, view);
    write_image(gpu, set, 1, kTypes[1], before.view(), kComputeStorage.layout);
    write_image(gpu, set, 2, kTypes[2], after.view(), kComputeStorage.layout);
    const ComputePipeline pipeline = make_compute_pipeline(gpu, texel_sum, layout);

    run_once(gpu, [&](VkCommandBuffer commands) {
        image_barrier(commands, after, kUnused, kComputeStorage);
        vkCmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_COMPUTE, pipeline);
        vkCmdBindDescriptorSets(commands, VK_PIPELINE_BIND_POINT_COMPUTE, layout, 0, 1, &set, 0,
                                nullptr);
        vkCmdDispatch(commands, kSide / 8, kSide / 8, 1);
    });

    const std::vector<std::byte> octets = read_image(gpu, after, kComputeStorage);
    const std::vector<std::uint32_t> expected = expected_sums(numbers, pixels);
    stage.report.hash("texels", octets);
    stage.report.check(std::memcmp(octets.data(), expected.data(), octets.size()) == 0,
                       "The image holds the sums that the host computes.");
}

}  // namespace vgpu::programs
