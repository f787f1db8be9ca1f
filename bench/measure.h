// What the rows of the benchmark share: options, a device, clocks and medians.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "common/commands.h"
#include "common/gpu.h"

namespace vgpu::bench {

using namespace programs;

struct Options {
    std::string row;
    double seconds = 0.5;         // how long to measure
    std::string call;             // which function the call rows call
    std::uint32_t clients = 1;    // this many processes at once
    std::uint32_t busy = 0;       // of a crowd: so many of them draw, 0 for all
    bool wait_for_start = false;  // said to a client: measure when a line comes in
};

// One measured value, and others beside it that are worth printing.
struct Result {
    double value = 0;
    std::map<std::string, double> more;
};

struct Row {
    const char* name;
    const char* unit;
    const char* what;
    Result (*measure)(const Options&);
    bool has_clients = false;  // it starts options.clients by itself
};

// The functions that rows call often, without the loader's trampolines, as engines load them.
// clang-format off
#define VGPU_BENCH_CALLS(CALL)                                                       \
    CALL(QueueSubmit) CALL(WaitForFences) CALL(ResetFences) CALL(GetFenceStatus)     \
    CALL(WaitSemaphores) CALL(GetSemaphoreCounterValue) CALL(GetEventStatus)         \
    CALL(GetQueryPoolResults) CALL(BeginCommandBuffer) CALL(EndCommandBuffer)        \
    CALL(CmdPushConstants) CALL(CmdDraw) CALL(CmdBindDescriptorSets)                 \
    CALL(CmdBindPipeline) CALL(CmdBeginRenderPass) CALL(CmdEndRenderPass)            \
    CALL(CreateBuffer) CALL(DestroyBuffer) CALL(CreateImageView)                     \
    CALL(DestroyImageView) CALL(CreateFence) CALL(DestroyFence)                      \
    CALL(UpdateDescriptorSets) CALL(AllocateMemory) CALL(MapMemory)                  \
    CALL(UnmapMemory) CALL(FreeMemory) CALL(GetRenderAreaGranularity)                \
    CALL(GetDescriptorSetLayoutSupport) CALL(GetImageSubresourceLayout)              \
    CALL(CreateShaderModule) CALL(DestroyShaderModule)
// clang-format on
struct Calls {
    explicit Calls(const Gpu& gpu);
#define CALL(name) PFN_vk##name name;
    VGPU_BENCH_CALLS(CALL)
#undef CALL
};

// An instance and a device of a row's own. One thread.
struct Session {
    Instance instance{false};
    Gpu gpu{instance, 0};
    Calls calls{gpu};

    // Returns when the host has done all that it was given.
    void drain() const;
};

// Submits a command buffer (or nothing) and waits by a fence, again and again.
class Submitter {
  public:
    explicit Submitter(const Session& session);
    void submit_and_wait(VkCommandBuffer commands = VK_NULL_HANDLE) const;

  private:
    const Session& session_;
    Fence fence_;
};

double now_seconds();
double median(std::vector<double> values);
double percentile(std::vector<double> values, double percent);

// Calls `once` for `seconds`, at least 10 times, and returns the microseconds of each call.
std::vector<double> sample_us(double seconds, const std::function<void()>& once);
// The same for what is too short to be timed alone: `batch` does it `count` times.
double median_us_each(double seconds, std::uint32_t count, const std::function<void()>& batch);
// A median, with the 99th percentile beside it.
Result summary(const std::vector<double>& microseconds);

// In a client, says that it is ready and waits for the line that starts it. False when that never
// comes, as it is not needed any more.
bool wait_for_start(const Options& options);

}  // namespace vgpu::bench
