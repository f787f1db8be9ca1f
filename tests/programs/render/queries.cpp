// Counts samples, vertices and time by queries; prints only what cannot differ between two runs.
#include <cstdint>

#include "fan_vertex.h"
#include "flat_color.h"
#include "render/scenes.h"
#include "render/target.h"

namespace vgpu::programs {

namespace {

constexpr VkPushConstantRange kPush{VK_SHADER_STAGE_VERTEX_BIT, 0, sizeof(FanPush)};
constexpr std::uint32_t kVertices = 12;
// Only those that the specification defines exactly for a list of triangles.
constexpr VkQueryPipelineStatisticFlags kStatistics =
    VK_QUERY_PIPELINE_STATISTIC_INPUT_ASSEMBLY_VERTICES_BIT |
    VK_QUERY_PIPELINE_STATISTIC_INPUT_ASSEMBLY_PRIMITIVES_BIT;

QueryPool make_pool(const Gpu& gpu, VkQueryType type, std::uint32_t count,
                    VkQueryPipelineStatisticFlags statistics = 0) {
    VkQueryPoolCreateInfo info{VK_STRUCTURE_TYPE_QUERY_POOL_CREATE_INFO};
    info.queryType = type;
    info.queryCount = count;
    info.pipelineStatistics = statistics;
    return QueryPool(gpu.device(), info);
}

// Draws into a target with a query around each draw.
class Drawing {
  public:
    explicit Drawing(const Gpu& gpu)
        : gpu_(gpu), target_(gpu, false), layout_(make_layout(gpu, {}, std::span(&kPush, 1))) {
        GraphicsSpec spec;
        spec.vertex = fan_vertex;
        spec.fragment = flat_color;
        spec.extent = kExtent;
        spec.layout = layout_;
        spec.pass = target_.pass();
        pipeline_ = make_graphics_pipeline(gpu, spec);
    }

    // The radius of draw i is radii[i]; radius 0 covers nothing.
    void run(VkQueryPool pool, VkQueryControlFlags flags, std::span<const float> radii) {
        run_once(gpu_, [&](VkCommandBuffer commands) {
            vkCmdResetQueryPool(commands, pool, 0, static_cast<std::uint32_t>(radii.size()));
            target_.begin(commands);
            vkCmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_GRAPHICS, pipeline_);
            for (std::uint32_t i = 0; i < radii.size(); ++i) {
                const FanPush push{{1.0f, 1.0f, 1.0f, 1.0f}, radii[i], 0.0f};
                vkCmdBeginQuery(commands, pool, i, flags);
                vkCmdPushConstants(commands, layout_, kPush.stageFlags, 0, kPush.size, &push);
                vkCmdDraw(commands, kVertices, 1, 0, 0);
                vkCmdEndQuery(commands, pool, i);
            }
            vkCmdEndRenderPass(commands);
        });
    }

  private:
    const Gpu& gpu_;
    Target target_;
    PipelineLayout layout_;
    GraphicsPipeline pipeline_;
};

void occlusion(const Stage& stage, Drawing& drawing) {
    const Gpu& gpu = stage.gpu;
    const bool precise = gpu.features().all.features.occlusionQueryPrecise;
    const QueryPool pool = make_pool(gpu, VK_QUERY_TYPE_OCCLUSION, 3);
    const float radii[] = {0.9f, 0.0f, 0.3f};
    drawing.run(pool, precise ? VK_QUERY_CONTROL_PRECISE_BIT : 0, radii);
    std::uint64_t samples[3][2];
    check(vkGetQueryPoolResults(
        gpu.device(), pool, 0, 3, sizeof samples, samples, sizeof samples[0],
        VK_QUERY_RESULT_64_BIT | VK_QUERY_RESULT_WAIT_BIT | VK_QUERY_RESULT_WITH_AVAILABILITY_BIT));
    for (std::size_t i = 0; i < 3; ++i) {
        stage.report.check(samples[i][1] != 0, "A waited-for query says that it is available.");
        if (precise) stage.report.value("occlusion_" + std::to_string(i), samples[i][0]);
    }
    stage.report.check(samples[1][0] == 0, "A triangle of no size passes no sample.");
    stage.report.check(samples[0][0] > 0 && samples[2][0] > 0, "Visible triangles pass samples.");
    if (precise)
        stage.report.check(samples[0][0] > samples[2][0], "Larger triangles pass more samples.");
}

// Results by a copy in a command buffer, not by the host's call.
void statistics(const Stage& stage, Drawing& drawing) {
    const Gpu& gpu = stage.gpu;
    if (!gpu.features().all.features.pipelineStatisticsQuery) {
        stage.report.not_offered("statistics");
        return;
    }
    const QueryPool pool = make_pool(gpu, VK_QUERY_TYPE_PIPELINE_STATISTICS, 1, kStatistics);
    const float radius[] = {0.5f};
    drawing.run(pool, 0, radius);
    const BoundBuffer results(gpu, 16, VK_BUFFER_USAGE_TRANSFER_DST_BIT, Placement::kReadBack);
    run_once(gpu, [&](VkCommandBuffer commands) {
        vkCmdCopyQueryPoolResults(commands, pool, 0, 1, results, 0, 16,
                                  VK_QUERY_RESULT_64_BIT | VK_QUERY_RESULT_WAIT_BIT);
        memory_barrier(commands, kCopyTarget, kHostRead);
    });
    stage.report.value("statistics_vertices", results.as<std::uint64_t>()[0]);
    stage.report.value("statistics_primitives", results.as<std::uint64_t>()[1]);
    stage.report.check(results.as<std::uint64_t>()[0] == kVertices, "All vertices are counted.");
    stage.report.check(results.as<std::uint64_t>()[1] == kVertices / 3, "Triangles are counted.");
}

void timestamps(const Stage& stage) {
    const Gpu& gpu = stage.gpu;
    if (gpu.family_properties().timestampValidBits == 0) {
        stage.report.not_offered("timestamps");
        return;
    }
    const QueryPool pool = make_pool(gpu, VK_QUERY_TYPE_TIMESTAMP, 2);
    std::uint64_t times[2];
    if (gpu.features().v12.hostQueryReset) {
        vkResetQueryPool(gpu.device(), pool, 0, 2);
        stage.report.check(vkGetQueryPoolResults(gpu.device(), pool, 0, 2, sizeof times, times, 8,
                                                 VK_QUERY_RESULT_64_BIT) == VK_NOT_READY,
                           "A query that the host has reset is not ready.");
    }
    run_once(gpu, [&](VkCommandBuffer commands) {
        vkCmdResetQueryPool(commands, pool, 0, 2);
        vkCmdWriteTimestamp(commands, VK_PIPELINE_STAGE_TOP_OF_PIPE_BIT, pool, 0);
        vkCmdWriteTimestamp(commands, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, pool, 1);
    });
    check(vkGetQueryPoolResults(gpu.device(), pool, 0, 2, sizeof times, times, 8,
                                VK_QUERY_RESULT_64_BIT | VK_QUERY_RESULT_WAIT_BIT));
    stage.report.check(times[0] != 0 && times[1] >= times[0], "The device's clock goes forward.");
    stage.report.value("timestamps", "in order");
}

}  // namespace

void queries(const Stage& stage) {
    Drawing drawing(stage.gpu);
    occlusion(stage, drawing);
    statistics(stage, drawing);
    timestamps(stage);
}

}  // namespace vgpu::programs
