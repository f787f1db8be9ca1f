// Draws textured cubes: what an ordinary application does most of the time.
#include <array>
#include <cmath>
#include <cstdint>

#include "mesh_fragment.h"
#include "mesh_vertex.h"
#include "render/scenes.h"
#include "render/target.h"
#include "render/texture.h"

namespace vgpu::programs {

namespace {

struct Vertex {
    float position[3];
    float texture_position[2];
};
struct Matrix {
    float columns[4][4];
};

constexpr std::uint32_t kCubesAcross = 5;

// Six faces of four corners; each face turns the unit square into its place.
std::vector<Vertex> cube_vertices() {
    std::vector<Vertex> vertices;
    for (int face = 0; face < 6; ++face)
        for (int corner = 0; corner < 4; ++corner) {
            const float u = static_cast<float>(corner & 1), v = static_cast<float>(corner >> 1);
            const float side = face % 2 == 0 ? 0.5f : -0.5f;
            Vertex vertex{{}, {u, v}};
            vertex.position[face / 2] = side;
            vertex.position[(face / 2 + 1) % 3] = side > 0 ? u - 0.5f : 0.5f - u;
            vertex.position[(face / 2 + 2) % 3] = v - 0.5f;
            vertices.push_back(vertex);
        }
    return vertices;
}

std::vector<std::uint16_t> cube_indices() {
    std::vector<std::uint16_t> indices;
    for (int face = 0; face < 6; ++face)
        for (int corner : {0, 1, 2, 2, 1, 3})
            indices.push_back(static_cast<std::uint16_t>(face * 4 + corner));
    return indices;
}

std::vector<std::array<float, 3>> instance_positions() {
    std::vector<std::array<float, 3>> positions;
    for (std::uint32_t y = 0; y < kCubesAcross; ++y)
        for (std::uint32_t x = 0; x < kCubesAcross; ++x)
            positions.push_back({(static_cast<float>(x) - 2.0f) * 1.4f,
                                 (static_cast<float>(y) - 2.0f) * 1.4f,
                                 static_cast<float>((x * 3 + y * 5) % 4) * 0.4f});
    return positions;
}

// Turned about two axes, then a perspective looking along +z from eight units away.
Matrix view_matrix(float turn, float tilt) {
    const float c = std::cos(turn), s = std::sin(turn), d = std::cos(tilt), t = std::sin(tilt);
    const float rotated[3][3] = {{c, s * t, -s * d}, {0, d, t}, {s, -c * t, c * d}};
    const float near = 1.0f, far = 16.0f, focal = 1.6f, away = 8.0f;
    Matrix matrix{};
    for (int column = 0; column < 3; ++column) {
        matrix.columns[column][0] = rotated[column][0] * focal;
        matrix.columns[column][1] = rotated[column][1] * focal;
        matrix.columns[column][2] = rotated[column][2] * far / (far - near);
        matrix.columns[column][3] = rotated[column][2];
    }
    matrix.columns[3][2] = (away - near) * far / (far - near);
    matrix.columns[3][3] = away;
    return matrix;
}

template <typename T>
BoundBuffer filled(const Gpu& gpu, const std::vector<T>& values, VkBufferUsageFlags usage) {
    BoundBuffer buffer(gpu, values.size() * sizeof(T), usage, Placement::kUpload);
    buffer.write(std::as_bytes(std::span(values)));
    return buffer;
}

// Two draws: the first row of cubes, then all the others.
std::vector<VkDrawIndexedIndirectCommand> indirect_draws(std::uint32_t index_count) {
    return {{index_count, kCubesAcross, 0, 0, 0},
            {index_count, kCubesAcross * (kCubesAcross - 1), 0, 0, kCubesAcross}};
}

constexpr VkDescriptorType kTypes[] = {VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER_DYNAMIC,
                                       VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER};
constexpr VkPushConstantRange kTint{VK_SHADER_STAGE_FRAGMENT_BIT, 0, 16};

// Everything the draws use. Owned by the scene, on its thread.
class Cubes {
  public:
    explicit Cubes(const Gpu& gpu)
        : gpu_(gpu),
          target_(gpu, true),
          texture_(make_texture(gpu)),
          sampler_(make_sampler(gpu)),
          set_layout_(make_set_layout(gpu, kTypes, VK_SHADER_STAGE_ALL_GRAPHICS)),
          layout_(make_layout(gpu, std::span(set_layout_.address(), 1), std::span(&kTint, 1))),
          pool_(make_descriptor_pool(gpu, kTypes, 1)),
          set_(allocate_set(gpu, pool_, set_layout_)),
          vertices_(filled(gpu, cube_vertices(), VK_BUFFER_USAGE_VERTEX_BUFFER_BIT)),
          indices_(filled(gpu, cube_indices(), VK_BUFFER_USAGE_INDEX_BUFFER_BIT)),
          instances_(filled(gpu, instance_positions(), VK_BUFFER_USAGE_VERTEX_BUFFER_BIT)),
          draws_(filled(gpu, indirect_draws(36), VK_BUFFER_USAGE_INDIRECT_BUFFER_BIT)) {
        make_views();
        write_buffer(gpu, set_, 0, kTypes[0], views_, sizeof(Matrix));
        write_image(gpu, set_, 1, kTypes[1], texture_.view(), kFragmentSampled.layout, sampler_);
        make_pipeline();
    }

    std::vector<std::byte> draw() {
        run_once(gpu_, [&](VkCommandBuffer commands) {
            target_.begin(commands);
            vkCmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_GRAPHICS, pipeline_);
            const VkBuffer buffers[] = {vertices_, instances_};
            const VkDeviceSize offsets[] = {0, 0};
            vkCmdBindVertexBuffers(commands, 0, 2, buffers, offsets);
            vkCmdBindIndexBuffer(commands, indices_, 0, VK_INDEX_TYPE_UINT16);
            draw_half(commands, 0, {1.0f, 1.0f, 1.0f, 1.0f});
            draw_half(commands, 1, {1.0f, 0.6f, 0.3f, 1.0f});
            vkCmdEndRenderPass(commands);
        });
        return target_.pixels(gpu_);
    }

  private:
    void make_views() {
        const VkDeviceSize step = gpu_.properties().limits.minUniformBufferOffsetAlignment;
        view_stride_ = (sizeof(Matrix) + step - 1) / step * step;
        views_ = BoundBuffer(gpu_, view_stride_ * 2, VK_BUFFER_USAGE_UNIFORM_BUFFER_BIT,
                             Placement::kUpload);
        const Matrix views[] = {view_matrix(0.5f, 0.4f), view_matrix(-0.7f, -0.3f)};
        for (std::size_t i = 0; i < 2; ++i)
            views_.write(std::as_bytes(std::span(&views[i], 1)), i * view_stride_);
    }

    void make_pipeline() {
        GraphicsSpec spec;
        spec.vertex = mesh_vertex;
        spec.fragment = mesh_fragment;
        spec.bindings = {{0, sizeof(Vertex), VK_VERTEX_INPUT_RATE_VERTEX},
                         {1, 12, VK_VERTEX_INPUT_RATE_INSTANCE}};
        spec.attributes = {{0, 0, VK_FORMAT_R32G32B32_SFLOAT, 0},
                           {1, 0, VK_FORMAT_R32G32_SFLOAT, 12},
                           {2, 1, VK_FORMAT_R32G32B32_SFLOAT, 0}};
        spec.depth = true;
        spec.dynamic = {VK_DYNAMIC_STATE_VIEWPORT, VK_DYNAMIC_STATE_SCISSOR};
        spec.extent = kExtent;
        spec.layout = layout_;
        spec.pass = target_.pass();
        pipeline_ = make_graphics_pipeline(gpu_, spec);
    }

    // The left half by direct draws, the right half by indirect ones where they may start at an
    // instance other than the first.
    void draw_half(VkCommandBuffer commands, std::uint32_t half, std::array<float, 4> tint) {
        const std::uint32_t width = kExtent.width / 2;
        const VkViewport viewport{
            static_cast<float>(half * width),   0.0f, static_cast<float>(width),
            static_cast<float>(kExtent.height), 0.0f, 1.0f};
        const VkRect2D scissor{{static_cast<std::int32_t>(half * width), 0},
                               {width, kExtent.height}};
        vkCmdSetViewport(commands, 0, 1, &viewport);
        vkCmdSetScissor(commands, 0, 1, &scissor);
        const auto view_offset = static_cast<std::uint32_t>(half * view_stride_);
        vkCmdBindDescriptorSets(commands, VK_PIPELINE_BIND_POINT_GRAPHICS, layout_, 0, 1, &set_, 1,
                                &view_offset);
        vkCmdPushConstants(commands, layout_, kTint.stageFlags, 0, kTint.size, tint.data());
        const VkPhysicalDeviceFeatures& features = gpu_.features().all.features;
        if (half == 0 || !features.drawIndirectFirstInstance) {
            vkCmdDrawIndexed(commands, 36, kCubesAcross * kCubesAcross, 0, 0, 0);
        } else if (features.multiDrawIndirect) {
            vkCmdDrawIndexedIndirect(commands, draws_, 0, 2, sizeof(VkDrawIndexedIndirectCommand));
        } else {
            vkCmdDrawIndexedIndirect(commands, draws_, 0, 1, 0);
            vkCmdDrawIndexedIndirect(commands, draws_, sizeof(VkDrawIndexedIndirectCommand), 1, 0);
        }
    }

    const Gpu& gpu_;
    Target target_;
    BoundImage texture_;
    Sampler sampler_;
    DescriptorSetLayout set_layout_;
    PipelineLayout layout_;
    DescriptorPool pool_;
    VkDescriptorSet set_;
    BoundBuffer vertices_, indices_, instances_, draws_, views_;
    VkDeviceSize view_stride_ = 0;
    GraphicsPipeline pipeline_;
};

}  // namespace

void mesh(const Stage& stage) {
    Cubes cubes(stage.gpu);
    const std::vector<std::byte> pixels = cubes.draw();
    stage.picture("mesh", kExtent, pixels);
    stage.report.check(pixel_at(pixels, 0, 0) == kBackground,
                       "The corner of the mesh picture is background.");
    stage.report.check(pixel_at(pixels, 128, 256) != kBackground,
                       "The middle of the left half shows a cube.");
    stage.report.check(pixel_at(pixels, 384, 256) != kBackground,
                       "The middle of the right half shows a cube.");
    stage.report.check(cubes.draw() == pixels, "The mesh drawn twice gives the same pixels.");
}

}  // namespace vgpu::programs
