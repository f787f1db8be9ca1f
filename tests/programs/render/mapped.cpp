// Writes mapped memory after recording and between submits of one and the same command buffer.
#include <array>
#include <cstdint>

#include "flat_color.h"
#include "moving_vertex.h"
#include "render/scenes.h"
#include "render/target.h"

namespace vgpu::programs {

namespace {

struct Corner {
    float position[2];
    float color[4];
};
constexpr std::uint32_t kMostTriangles = 16;
constexpr VkDescriptorType kTypes[] = {VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER};

// What the device reads while the host owns it between submits.
struct Inputs {
    BoundBuffer corners, place, draw;
    explicit Inputs(const Gpu& gpu)
        : corners(gpu, sizeof(Corner) * 3 * kMostTriangles, VK_BUFFER_USAGE_VERTEX_BUFFER_BIT,
                  Placement::kUpload),
          place(gpu, 16, VK_BUFFER_USAGE_UNIFORM_BUFFER_BIT, Placement::kUpload),
          draw(gpu, sizeof(VkDrawIndirectCommand), VK_BUFFER_USAGE_INDIRECT_BUFFER_BIT,
               Placement::kUpload) {}

    // Frame n shows n + 1 triangles, all moved a little.
    void write_frame(std::uint32_t frame) const {
        for (std::uint32_t i = 0; i <= frame; ++i)
            for (std::uint32_t corner = 0; corner < 3; ++corner) {
                const float x = -0.9f + 0.2f * static_cast<float>(i);
                const float shade = static_cast<float>(i + 1) / kMostTriangles;
                corners.as<Corner>()[i * 3 + corner] = {
                    {x + (corner == 1 ? 0.3f : 0.0f), corner == 2 ? 0.6f : -0.4f},
                    {shade, corner == 0 ? 1.0f : 0.0f, 1.0f - shade, 1.0f}};
            }
        place.as<float>()[0] = 0.05f * static_cast<float>(frame);
        place.as<float>()[1] = -0.1f * static_cast<float>(frame);
        draw.as<VkDrawIndirectCommand>()[0] = {3 * (frame + 1), 1, 0, 0};
    }
};

GraphicsPipeline make_pipeline(const Gpu& gpu, VkPipelineLayout layout, VkRenderPass pass) {
    GraphicsSpec spec;
    spec.vertex = moving_vertex;
    spec.fragment = flat_color;
    spec.bindings = {{0, sizeof(Corner), VK_VERTEX_INPUT_RATE_VERTEX}};
    spec.attributes = {{0, 0, VK_FORMAT_R32G32_SFLOAT, 0},
                       {1, 0, VK_FORMAT_R32G32B32A32_SFLOAT, 8}};
    spec.extent = kExtent;
    spec.layout = layout;
    spec.pass = pass;
    return make_graphics_pipeline(gpu, spec);
}

void copy_to_host(VkCommandBuffer commands, const Target& target, VkBuffer copied) {
    VkBufferImageCopy copy{};
    copy.imageSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1};
    copy.imageExtent = {kExtent.width, kExtent.height, 1};
    vkCmdCopyImageToBuffer(commands, target.color().get(), kCopySource.layout, copied, 1, &copy);
    memory_barrier(commands, kCopyTarget, kHostRead);
}

}  // namespace

void mapped(const Stage& stage) {
    const Gpu& gpu = stage.gpu;
    const Target target(gpu, false);
    const Inputs inputs(gpu);
    const BoundBuffer picture(gpu, VkDeviceSize{kExtent.width} * kExtent.height * 4,
                              VK_BUFFER_USAGE_TRANSFER_DST_BIT, Placement::kReadBack);
    const DescriptorSetLayout set_layout = make_set_layout(gpu, kTypes, VK_SHADER_STAGE_VERTEX_BIT);
    const PipelineLayout layout = make_layout(gpu, std::span(set_layout.address(), 1));
    const DescriptorPool sets = make_descriptor_pool(gpu, kTypes, 1);
    const VkDescriptorSet set = allocate_set(gpu, sets, set_layout);
    write_buffer(gpu, set, 0, kTypes[0], inputs.place);
    const GraphicsPipeline pipeline = make_pipeline(gpu, layout, target.pass());

    // Recorded once, before any input has a value.
    const Commands pool(gpu);
    VkCommandBuffer commands = pool.allocate();
    begin(commands);
    target.begin(commands);
    vkCmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_GRAPHICS, pipeline);
    vkCmdBindDescriptorSets(commands, VK_PIPELINE_BIND_POINT_GRAPHICS, layout, 0, 1, &set, 0,
                            nullptr);
    const VkBuffer corners = inputs.corners;
    const VkDeviceSize start = 0;
    vkCmdBindVertexBuffers(commands, 0, 1, &corners, &start);
    vkCmdDrawIndirect(commands, inputs.draw, 0, 1, 0);
    vkCmdEndRenderPass(commands);
    copy_to_host(commands, target, picture);
    check(vkEndCommandBuffer(commands));

    std::size_t covered_before = 0;
    for (std::uint32_t frame = 0; frame < 6; ++frame) {
        inputs.write_frame(frame);
        submit_and_wait(gpu, commands);
        stage.picture("mapped_" + std::to_string(frame), kExtent, picture.mapped());
        const std::size_t covered = count_other_than(picture.mapped(), kBackground);
        stage.report.check(covered > covered_before,
                           "Each frame shows what the host wrote just before it.");
        covered_before = covered;
    }
}

}  // namespace vgpu::programs
