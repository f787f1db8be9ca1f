// Runs a compute shader over a picture that was drawn, and copies the result back.
#include <array>
#include <cstdint>

#include "common/commands.h"
#include "fan_vertex.h"
#include "flat_color.h"
#include "render/scenes.h"
#include "render/target.h"
#include "ripple.h"

namespace vgpu::programs {

namespace {

constexpr VkDescriptorType kTypes[] = {VK_DESCRIPTOR_TYPE_STORAGE_IMAGE,
                                       VK_DESCRIPTOR_TYPE_STORAGE_IMAGE,
                                       VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER};
constexpr VkImageUsageFlags kUsage =
    VK_IMAGE_USAGE_STORAGE_BIT | VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT;

// What the update template reads: laid out by this program, not by Vulkan.
struct RippleDescriptors {
    VkDescriptorImageInfo before, after;
    VkDescriptorBufferInfo wave;
};

DescriptorUpdateTemplate make_template(const Gpu& gpu, VkDescriptorSetLayout layout) {
    const VkDescriptorUpdateTemplateEntry entries[] = {
        // One entry fills two bindings: an update runs on into the bindings that follow.
        {0, 0, 2, kTypes[0], offsetof(RippleDescriptors, before), sizeof(VkDescriptorImageInfo)},
        {2, 0, 1, kTypes[2], offsetof(RippleDescriptors, wave), sizeof(VkDescriptorBufferInfo)}};
    VkDescriptorUpdateTemplateCreateInfo info{
        VK_STRUCTURE_TYPE_DESCRIPTOR_UPDATE_TEMPLATE_CREATE_INFO};
    info.descriptorUpdateEntryCount = 2;
    info.pDescriptorUpdateEntries = entries;
    info.templateType = VK_DESCRIPTOR_UPDATE_TEMPLATE_TYPE_DESCRIPTOR_SET;
    info.descriptorSetLayout = layout;
    return DescriptorUpdateTemplate(gpu.device(), info);
}

std::vector<std::byte> stripes() {
    std::vector<std::byte> octets;
    for (std::uint32_t y = 0; y < kExtent.height; ++y)
        for (std::uint32_t x = 0; x < kExtent.width; ++x)
            for (std::uint32_t channel : {x & 0xf0u, y & 0xf0u, (x * y) >> 8, 255u})
                octets.push_back(static_cast<std::byte>(channel));
    return octets;
}

// The shader's arithmetic, on the host.
std::vector<std::byte> expected_ripple(std::span<const std::byte> before, int amplitude,
                                       int period) {
    std::vector<std::byte> after(before.size());
    const int width = static_cast<int>(kExtent.width);
    for (int y = 0; y < static_cast<int>(kExtent.height); ++y) {
        const int shift = amplitude * std::abs(y % period - period / 2) / period;
        for (int x = 0; x < width; ++x)
            for (int channel = 0; channel < 4; ++channel)
                after[(y * width + x) * 4 + channel] =
                    before[(y * width + (x + shift) % width) * 4 + channel];
    }
    return after;
}

}  // namespace

void post(const Stage& stage) {
    const Gpu& gpu = stage.gpu;
    const BoundImage before(gpu, {kColorFormat, kExtent, kUsage});
    const BoundImage after(gpu, {kColorFormat, kExtent, kUsage});
    const std::array<std::int32_t, 4> wave{96, 64, 0, 0};
    const BoundBuffer uniform(gpu, sizeof wave, VK_BUFFER_USAGE_UNIFORM_BUFFER_BIT,
                              Placement::kUpload);
    uniform.write(std::as_bytes(std::span(wave)));

    const DescriptorSetLayout set_layout =
        make_set_layout(gpu, kTypes, VK_SHADER_STAGE_COMPUTE_BIT);
    const PipelineLayout layout = make_layout(gpu, std::span(set_layout.address(), 1));
    const DescriptorPool pool = make_descriptor_pool(gpu, kTypes, 2);
    const VkDescriptorSet set = allocate_set(gpu, pool, set_layout);
    const DescriptorUpdateTemplate update = make_template(gpu, set_layout);
    const RippleDescriptors descriptors{{VK_NULL_HANDLE, before.view(), kComputeStorage.layout},
                                        {VK_NULL_HANDLE, after.view(), kComputeStorage.layout},
                                        {uniform, 0, VK_WHOLE_SIZE}};
    vkUpdateDescriptorSetWithTemplate(gpu.device(), set, update, &descriptors);
    const ComputePipeline pipeline = make_compute_pipeline(gpu, ripple, layout);

    const std::vector<std::byte> drawn = stripes();
    upload_image(gpu, before, drawn, kComputeStorage);
    run_once(gpu, [&](VkCommandBuffer commands) {
        image_barrier(commands, after, kUnused, kComputeStorage);
        vkCmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_COMPUTE, pipeline);
        vkCmdBindDescriptorSets(commands, VK_PIPELINE_BIND_POINT_COMPUTE, layout, 0, 1, &set, 0,
                                nullptr);
        vkCmdDispatch(commands, kExtent.width / 16, kExtent.height / 8, 1);
    });

    const std::vector<std::byte> pixels = read_image(gpu, after, kComputeStorage);
    stage.picture("post", kExtent, pixels);
    stage.report.check(pixels == expected_ripple(drawn, wave[0], wave[1]),
                       "The compute shader's picture is the one that the host computes.");
}

}  // namespace vgpu::programs
