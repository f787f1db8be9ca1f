// vgpu-steady-frames draws the same frame of 100 draws again and again, at a steady pace.
//
// It submits each frame and waits for its fence, and says "frame N" after each. At the end it
// compares the last picture with the first. The pace makes each frame find both ends asleep, as
// those of a program that waits for a screen do.
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>

#include "common/command_line.h"
#include "common/commands.h"
#include "common/pipelines.h"
#include "common/program.h"
#include "fan_vertex.h"
#include "flat_color.h"
#include "render/target.h"

namespace {

using namespace vgpu::programs;

constexpr int kDraws = 100;
constexpr VkPushConstantRange kPush{VK_SHADER_STAGE_VERTEX_BIT, 0, sizeof(FanPush)};

struct Scene {
    explicit Scene(const Gpu& gpu)
        : target(gpu, false), layout(make_layout(gpu, {}, std::span(&kPush, 1))) {
        GraphicsSpec spec;
        spec.vertex = fan_vertex;
        spec.fragment = flat_color;
        spec.extent = kExtent;
        spec.layout = layout;
        spec.pass = target.pass();
        pipeline = make_graphics_pipeline(gpu, spec);
    }
    void record(VkCommandBuffer commands) const {
        begin(commands, VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT);
        target.begin(commands);
        vkCmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_GRAPHICS, pipeline);
        for (int i = 0; i < kDraws; ++i) {
            const float part = static_cast<float>(i) / kDraws;
            const FanPush push{{part, 1.0f - part, 0.5f, 1.0f}, 0.2f - 0.1f * part, part};
            vkCmdPushConstants(commands, layout, kPush.stageFlags, 0, kPush.size, &push);
            vkCmdDraw(commands, 3, 1, 0, 0);
        }
        vkCmdEndRenderPass(commands);
        check(vkEndCommandBuffer(commands));
    }
    Target target;
    PipelineLayout layout;
    GraphicsPipeline pipeline;
};

void sleep_ms(std::uint32_t ms) {
    const timespec time{ms / 1000, static_cast<long>(ms % 1000) * 1'000'000};
    ::nanosleep(&time, nullptr);
}

class Loop {
  public:
    explicit Loop(const Gpu& gpu)
        : gpu_(gpu),
          scene_(gpu),
          pool_(gpu),
          commands_(pool_.allocate()),
          fence_(gpu.device(), {VK_STRUCTURE_TYPE_FENCE_CREATE_INFO}) {}
    VkResult frame() {
        scene_.record(commands_);
        VkSubmitInfo info{VK_STRUCTURE_TYPE_SUBMIT_INFO};
        info.commandBufferCount = 1;
        info.pCommandBuffers = &commands_;
        VkResult result = vkQueueSubmit(gpu_.queue(), 1, &info, fence_);
        if (result == VK_SUCCESS)
            result = vkWaitForFences(gpu_.device(), 1, fence_.address(), VK_TRUE, UINT64_MAX);
        if (result == VK_SUCCESS) result = vkResetFences(gpu_.device(), 1, fence_.address());
        return result;
    }
    std::vector<std::byte> picture() const { return scene_.target.pixels(gpu_); }

  private:
    const Gpu& gpu_;
    const Scene scene_;
    const Commands pool_;
    const VkCommandBuffer commands_;
    const Fence fence_;
};

int run(std::uint32_t frames, std::uint32_t pace, std::uint32_t rest) {
    const Instance instance(false);
    const Gpu gpu(instance, 0);
    Loop loop(gpu);
    check(loop.frame());
    const auto first = loop.picture();
    std::puts("ready");
    std::fflush(stdout);
    sleep_ms(rest);
    for (std::uint32_t i = 1; frames == 0 || i <= frames; ++i) {
        const VkResult result = loop.frame();
        if (result != VK_SUCCESS) {
            std::printf("%s\n", result_name(result).c_str());
            return 3;
        }
        std::printf("frame %u\n", i);
        std::fflush(stdout);
        sleep_ms(pace);
    }
    std::puts("drawn");
    std::fflush(stdout);
    sleep_ms(rest);
    const bool same = loop.picture() == first;
    std::puts(same ? "the same picture" : "ANOTHER picture");
    return same ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    CommandLine line("vgpu-steady-frames", "Draws frames of 100 draws at a steady pace.");
    const std::uint32_t& frames = line.number("--frames", 0, "how many; 0: until the device fails");
    const std::uint32_t& pace = line.number("--pace-ms", 50, "rest after each frame");
    const std::uint32_t& rest =
        line.number("--rest-ms", 0, "rest before the frames and after them");
    line.parse(argc, argv);
    return guarded([&] { return run(frames, pace, rest); });
}
