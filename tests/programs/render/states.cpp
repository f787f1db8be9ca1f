// Draws a grid of cells, each with a pipeline of its own, from two secondary command buffers.
#include <array>
#include <cstdint>

#include "fan_vertex.h"
#include "pattern.h"
#include "render/scenes.h"
#include "render/target.h"

namespace vgpu::programs {

namespace {

constexpr std::uint32_t kAcross = 4;
constexpr std::uint32_t kCellSide = kExtent.width / kAcross;
constexpr VkPushConstantRange kPush{VK_SHADER_STAGE_VERTEX_BIT, 0, sizeof(FanPush)};

// The constants of pattern.frag.
struct PatternConstants {
    std::int32_t pattern;
    float scale;
};
constexpr VkSpecializationMapEntry kConstantMap[] = {
    {0, offsetof(PatternConstants, pattern), sizeof(std::int32_t)},
    {1, offsetof(PatternConstants, scale), sizeof(float)}};

struct Cell {
    VkPrimitiveTopology topology = VK_PRIMITIVE_TOPOLOGY_TRIANGLE_LIST;
    VkPolygonMode polygon_mode = VK_POLYGON_MODE_FILL;
    VkCullModeFlags cull = VK_CULL_MODE_NONE;
    bool blend = false;
    PatternConstants constants{0, 16.0f};
    std::uint32_t vertices = 12;
};

// Sixteen cells; those that need a feature that is not offered fall back to plain triangles.
std::vector<Cell> cells(const Gpu& gpu) {
    const bool lines = gpu.features().all.features.fillModeNonSolid;
    const VkPolygonMode wire = lines ? VK_POLYGON_MODE_LINE : VK_POLYGON_MODE_FILL;
    const VkPolygonMode dots = lines ? VK_POLYGON_MODE_POINT : VK_POLYGON_MODE_FILL;
    std::vector<Cell> list(kAcross * kAcross);
    list[1].topology = VK_PRIMITIVE_TOPOLOGY_TRIANGLE_STRIP;
    list[2].topology = VK_PRIMITIVE_TOPOLOGY_TRIANGLE_FAN;
    list[3].topology = VK_PRIMITIVE_TOPOLOGY_LINE_LIST;
    list[4].topology = VK_PRIMITIVE_TOPOLOGY_LINE_STRIP;
    list[5].topology = VK_PRIMITIVE_TOPOLOGY_POINT_LIST;
    list[6].cull = VK_CULL_MODE_BACK_BIT;
    list[7].cull = VK_CULL_MODE_FRONT_BIT;
    list[8].cull = VK_CULL_MODE_FRONT_AND_BACK;
    list[9].blend = true;
    list[10].constants = {1, 8.0f};
    list[11].constants = {2, 4.0f};
    list[12].constants = {3, 1.0f};
    list[13].polygon_mode = wire;
    list[14].polygon_mode = dots;
    list[15].blend = true;
    list[15].constants = {1, 5.0f};
    list[15].topology = VK_PRIMITIVE_TOPOLOGY_TRIANGLE_STRIP;
    return list;
}

GraphicsPipeline make_pipeline(const Gpu& gpu, const Cell& cell, VkPipelineLayout layout,
                               VkRenderPass pass) {
    const VkSpecializationInfo constants{2, kConstantMap, sizeof cell.constants, &cell.constants};
    GraphicsSpec spec;
    spec.vertex = fan_vertex;
    spec.fragment = pattern;
    spec.fragment_constants = &constants;
    spec.topology = cell.topology;
    spec.polygon_mode = cell.polygon_mode;
    spec.cull = cell.cull;
    spec.blend = cell.blend;
    spec.dynamic = {VK_DYNAMIC_STATE_VIEWPORT, VK_DYNAMIC_STATE_SCISSOR};
    spec.extent = kExtent;
    spec.layout = layout;
    spec.pass = pass;
    return make_graphics_pipeline(gpu, spec);
}

void draw_cell(VkCommandBuffer commands, VkPipelineLayout layout, std::uint32_t index,
               std::uint32_t vertices) {
    const std::uint32_t x = index % kAcross * kCellSide, y = index / kAcross * kCellSide;
    const VkViewport viewport{static_cast<float>(x),
                              static_cast<float>(y),
                              static_cast<float>(kCellSide),
                              static_cast<float>(kCellSide),
                              0.0f,
                              1.0f};
    const VkRect2D scissor{{static_cast<std::int32_t>(x), static_cast<std::int32_t>(y)},
                           {kCellSide, kCellSide}};
    const FanPush push{{0.9f, static_cast<float>(index) / 16.0f, 0.2f, 0.5f},
                       0.95f,
                       static_cast<float>(index) * 0.3f};
    vkCmdSetViewport(commands, 0, 1, &viewport);
    vkCmdSetScissor(commands, 0, 1, &scissor);
    vkCmdPushConstants(commands, layout, kPush.stageFlags, 0, kPush.size, &push);
    vkCmdDraw(commands, vertices, 1, 0, 0);
}

}  // namespace

void states(const Stage& stage) {
    const Gpu& gpu = stage.gpu;
    const Target target(gpu, false);
    const PipelineLayout layout = make_layout(gpu, {}, std::span(&kPush, 1));
    const std::vector<Cell> list = cells(gpu);
    std::vector<GraphicsPipeline> pipelines;
    for (const Cell& cell : list)
        pipelines.push_back(make_pipeline(gpu, cell, layout, target.pass()));

    const Commands pool(gpu);
    std::array<VkCommandBuffer, 2> secondaries;
    VkCommandBufferInheritanceInfo inheritance{VK_STRUCTURE_TYPE_COMMAND_BUFFER_INHERITANCE_INFO};
    inheritance.renderPass = target.pass();
    inheritance.framebuffer = target.framebuffer();
    for (std::uint32_t half = 0; half < 2; ++half) {
        VkCommandBuffer commands = pool.allocate(VK_COMMAND_BUFFER_LEVEL_SECONDARY);
        secondaries[half] = commands;
        begin(commands, VK_COMMAND_BUFFER_USAGE_RENDER_PASS_CONTINUE_BIT, &inheritance);
        for (std::uint32_t i = half * 8; i < half * 8 + 8; ++i) {
            vkCmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_GRAPHICS, pipelines[i]);
            draw_cell(commands, layout, i, list[i].vertices);
        }
        check(vkEndCommandBuffer(commands));
    }
    run_once(gpu, [&](VkCommandBuffer commands) {
        target.begin(commands, VK_SUBPASS_CONTENTS_SECONDARY_COMMAND_BUFFERS);
        vkCmdExecuteCommands(commands, 2, secondaries.data());
        vkCmdEndRenderPass(commands);
    });

    const std::vector<std::byte> pixels = target.pixels(gpu);
    stage.picture("states", kExtent, pixels);
    const auto middle = [&](std::uint32_t cell) {
        return pixel_at(pixels, cell % kAcross * kCellSide + kCellSide / 2,
                        cell / kAcross * kCellSide + kCellSide / 2);
    };
    stage.report.check(middle(2) != kBackground, "A triangle fan covers the middle of its cell.");
    stage.report.check(middle(8) == kBackground, "What culls both faces draws nothing.");
    stage.report.check(middle(12) == kBackground, "A fragment shader that discards draws nothing.");
}

}  // namespace vgpu::programs
