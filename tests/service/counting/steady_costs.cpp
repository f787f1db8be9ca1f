// vgpu-steady-costs draws the same again and again and prints what that costs it and its worker.
//
// Others count: vgpu-count-calls the system calls, the preloaded library allocations and writes.
// This program looks at their counts (the files that its options name) before and after each piece
// of work, and prints "NAME VALUE" lines: the costs of the cheapest burst, of the cheapest frame
// (while the kernel lets others run, both ends sleep more often), and of all frames together.
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <limits>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "common/command_line.h"
#include "common/commands.h"
#include "common/pipelines.h"
#include "common/program.h"
#include "counts.h"
#include "fan_vertex.h"
#include "flat_color.h"
#include "render/target.h"

namespace {

using namespace vgpu::programs;
using vgpu::counting::Counts;
using vgpu::counting::kOwnAllocations;

constexpr std::uint32_t kDrawsInFrame = 100;
constexpr std::uint32_t kDrawsToWake = 500;
// With those before, less than a ring holds.
constexpr std::uint32_t kDrawsInBurst = 1000;
constexpr int kBursts = 60;
constexpr int kWarmFrames = 200;
constexpr int kFrames = 200;
constexpr VkPushConstantRange kPush{VK_SHADER_STAGE_VERTEX_BIT, 0, sizeof(FanPush)};

const long kMemoryCalls[] = {SYS_mmap,         SYS_munmap,  SYS_mremap,  SYS_brk,
                             SYS_memfd_create, SYS_sendmsg, SYS_recvmsg, SYS_ioctl};

// What was counted so far. The order of the fields is that of kNames.
using Costs = std::array<std::uint64_t, 8>;
constexpr const char* kNames[] = {"application calls",
                                  "application notifications",
                                  "application allocations",
                                  "application memory calls",
                                  "worker calls",
                                  "worker notifications",
                                  "worker allocations",
                                  "worker memory calls"};

struct Files {
    Counts* application_calls;
    Counts* application_library;
    Counts* worker_calls;
    Counts* worker_library;
    int thread = static_cast<int>(::syscall(SYS_gettid));

    // Makes no system call, so that looking costs nothing.
    Costs look() const {
        const auto& calls = application_calls->of_thread(thread);
        const auto& library = application_library->of_thread(thread);
        Costs costs{};
        for (const auto& count : calls.of) costs[0] += count;
        costs[1] = library.of[vgpu::counting::kWrites];
        costs[2] = library.of[kOwnAllocations] + library.of[vgpu::counting::kOthersAllocations];
        for (const long number : kMemoryCalls) {
            costs[3] += calls.of[number];
            costs[7] += worker_calls->sum(static_cast<std::size_t>(number));
        }
        for (std::size_t kind = 0; kind < vgpu::counting::kKinds; ++kind)
            costs[4] += worker_calls->sum(kind);
        costs[5] = worker_library->sum(vgpu::counting::kWrites);
        costs[6] = worker_library->sum(kOwnAllocations);
        return costs;
    }
};

Costs difference(const Costs& before, const Costs& after) {
    Costs costs{};
    for (std::size_t i = 0; i < costs.size(); ++i) costs[i] = after[i] - before[i];
    return costs;
}

class Drawing {
  public:
    explicit Drawing(const Gpu& gpu)
        : gpu_(gpu),
          target_(gpu, false),
          layout_(make_layout(gpu, {}, std::span(&kPush, 1))),
          pool_(gpu),
          commands_(pool_.allocate()),
          fence_(gpu.device(), {VK_STRUCTURE_TYPE_FENCE_CREATE_INFO}),
          timeline_(make_timeline(gpu)) {
        GraphicsSpec spec;
        spec.vertex = fan_vertex;
        spec.fragment = flat_color;
        spec.extent = kExtent;
        spec.layout = layout_;
        spec.pass = target_.pass();
        pipeline_ = make_graphics_pipeline(gpu, spec);
    }
    void begin() const {
        vgpu::programs::begin(commands_, VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT);
        target_.begin(commands_);
        vkCmdBindPipeline(commands_, VK_PIPELINE_BIND_POINT_GRAPHICS, pipeline_);
    }
    void draw(std::uint32_t draws) const {
        const FanPush push{{0.5f, 0.5f, 0.5f, 1.0f}, 0.1f, 0.5f};
        for (std::uint32_t i = 0; i < draws; ++i) {
            vkCmdPushConstants(commands_, layout_, kPush.stageFlags, 0, kPush.size, &push);
            vkCmdDraw(commands_, 3, 1, 0, 0);
        }
    }
    // Waits for the fence; the timeline has its next value before.
    void end_and_wait() {
        vkCmdEndRenderPass(commands_);
        check(vkEndCommandBuffer(commands_));
        ++value_;
        VkTimelineSemaphoreSubmitInfo values{VK_STRUCTURE_TYPE_TIMELINE_SEMAPHORE_SUBMIT_INFO};
        values.signalSemaphoreValueCount = 1;
        values.pSignalSemaphoreValues = &value_;
        VkSubmitInfo info{VK_STRUCTURE_TYPE_SUBMIT_INFO, &values};
        info.signalSemaphoreCount = 1;
        info.pSignalSemaphores = timeline_.address();
        info.commandBufferCount = 1;
        info.pCommandBuffers = &commands_;
        check(vkQueueSubmit(gpu_.queue(), 1, &info, fence_));
        check(vkWaitForFences(gpu_.device(), 1, fence_.address(), VK_TRUE, UINT64_MAX));
        check(vkResetFences(gpu_.device(), 1, fence_.address()));
    }
    void frame() {
        begin();
        draw(kDrawsInFrame);
        end_and_wait();
    }

  private:
    static Semaphore make_timeline(const Gpu& gpu) {
        VkSemaphoreTypeCreateInfo type{VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO};
        type.semaphoreType = VK_SEMAPHORE_TYPE_TIMELINE;
        return Semaphore(gpu.device(), {VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO, &type});
    }

    const Gpu& gpu_;
    const Target target_;
    const PipelineLayout layout_;
    GraphicsPipeline pipeline_;
    const Commands pool_;
    const VkCommandBuffer commands_;
    const Fence fence_;
    const Semaphore timeline_;
    std::uint64_t value_ = 0;
};

// The cheapest burst in the middle of recording, when both ends are awake: a burst in which the
// kernel took the processor away tells nothing.
Costs cheapest_burst(Drawing& drawing, const Files& files) {
    Costs least;
    least.fill(std::numeric_limits<std::uint64_t>::max());
    for (int i = 0; i < kBursts; ++i) {
        drawing.begin();
        drawing.draw(kDrawsToWake);
        const Costs before = files.look();
        drawing.draw(kDrawsInBurst);
        const Costs costs = difference(before, files.look());
        drawing.end_and_wait();
        for (std::size_t k = 0; k < costs.size(); ++k) least[k] = std::min(least[k], costs[k]);
    }
    return least;
}

// The least of each cost of a frame, and the sum of it over all frames.
std::pair<Costs, Costs> steady_frames(Drawing& drawing, const Files& files) {
    std::vector<Costs> frames(kFrames);
    Costs last = files.look();
    for (Costs& frame : frames) {
        drawing.frame();
        const Costs now = files.look();
        frame = difference(last, now);
        last = now;
    }
    Costs undisturbed{}, sums{};
    for (std::size_t k = 0; k < undisturbed.size(); ++k) {
        std::vector<std::uint64_t> values;
        for (const Costs& frame : frames) {
            values.push_back(frame[k]);
            sums[k] += frame[k];
        }
        undisturbed[k] = *std::min_element(values.begin(), values.end());
    }
    return {undisturbed, sums};
}

void print(const char* what, const Costs& costs) {
    for (std::size_t k = 0; k < costs.size(); ++k)
        std::printf("%s: %s %llu\n", what, kNames[k], static_cast<unsigned long long>(costs[k]));
}

Counts* mapped(const std::string& path) {
    Counts* const counts = vgpu::counting::map_counts(path.c_str());
    if (counts == nullptr) throw std::runtime_error(path + " cannot be mapped.");
    return counts;
}

// `folder` has the four files of counts.
int run(const std::string& folder) {
    const Files files{mapped(folder + "/application-calls"),
                      mapped(folder + "/application-library"), mapped(folder + "/worker-calls"),
                      mapped(folder + "/worker-library")};
    const Instance instance(false);
    const Gpu gpu(instance, 0);
    Drawing drawing(gpu);
    for (int i = 0; i < kWarmFrames; ++i) drawing.frame();
    print("burst", cheapest_burst(drawing, files));
    for (int i = 0; i < kWarmFrames; ++i) drawing.frame();
    const auto [undisturbed, sum] = steady_frames(drawing, files);
    print("frame", undisturbed);
    print("frames", sum);
    // After this the worker's channel sleeps, and the next frame must ring for it.
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    drawing.frame();
    print("all", files.look());
    std::puts("idle");
    std::fflush(stdout);
    // Idle until whoever counts wake-ups closes the other end.
    while (std::getchar() != EOF) continue;
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    CommandLine line("vgpu-steady-costs", "Prints what steady drawing costs.");
    const std::string& folder = line.operand("FOLDER", "where the files of counts are");
    line.parse(argc, argv);
    return guarded([&] { return run(folder); });
}
