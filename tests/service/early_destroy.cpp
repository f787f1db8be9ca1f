// vgpu-early-destroy destroys a buffer and frees its memory while a submission that reads them
// waits: Vulkan forbids it, so a driver may crash. Through the service the driver never sees it.
//
// Exits 0 when the copy arrives all the same.
#include <algorithm>
#include <cstdio>
#include <optional>

#include "common/command_line.h"
#include "common/commands.h"
#include "common/program.h"

namespace {

using namespace vgpu::programs;

constexpr VkDeviceSize kBytes = 1 << 20;
constexpr std::uint32_t kPattern = 0x5eed1234;

Semaphore make_timeline(const Gpu& gpu) {
    VkSemaphoreTypeCreateInfo type{VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO};
    type.semaphoreType = VK_SEMAPHORE_TYPE_TIMELINE;
    return Semaphore(gpu.device(), {VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO, &type});
}

// Submits `buffer`, which runs when `gate` has the value 1.
void submit_behind(const Gpu& gpu, VkCommandBuffer buffer, const Semaphore& gate, VkFence fence) {
    const std::uint64_t value = 1;
    VkTimelineSemaphoreSubmitInfo values{VK_STRUCTURE_TYPE_TIMELINE_SEMAPHORE_SUBMIT_INFO};
    values.waitSemaphoreValueCount = 1;
    values.pWaitSemaphoreValues = &value;
    const VkPipelineStageFlags stage = VK_PIPELINE_STAGE_TRANSFER_BIT;
    VkSubmitInfo info{VK_STRUCTURE_TYPE_SUBMIT_INFO, &values};
    info.waitSemaphoreCount = 1;
    info.pWaitSemaphores = gate.address();
    info.pWaitDstStageMask = &stage;
    info.commandBufferCount = 1;
    info.pCommandBuffers = &buffer;
    check(vkQueueSubmit(gpu.queue(), 1, &info, fence));
}

int run() {
    const Instance instance(false);
    const Gpu gpu(instance, 0);
    const Commands commands(gpu);
    const BoundBuffer result(gpu, kBytes, VK_BUFFER_USAGE_TRANSFER_DST_BIT, Placement::kReadBack);
    std::optional<BoundBuffer> source(
        std::in_place, gpu, kBytes,
        VK_BUFFER_USAGE_TRANSFER_SRC_BIT | VK_BUFFER_USAGE_TRANSFER_DST_BIT, Placement::kDevice);
    run_once(gpu, [&](VkCommandBuffer buffer) {
        vkCmdFillBuffer(buffer, *source, 0, kBytes, kPattern);
    });
    const VkCommandBuffer copy = commands.allocate();
    begin(copy);
    const VkBufferCopy all{0, 0, kBytes};
    vkCmdCopyBuffer(copy, *source, result, 1, &all);
    memory_barrier(copy, kCopyTarget, kHostRead);
    check(vkEndCommandBuffer(copy));

    const Semaphore gate = make_timeline(gpu);
    const Fence done(gpu.device(), {VK_STRUCTURE_TYPE_FENCE_CREATE_INFO});
    submit_behind(gpu, copy, gate, done);
    source.reset();
    // What the driver would give the freed memory to.
    const BoundBuffer other(gpu, kBytes, VK_BUFFER_USAGE_TRANSFER_DST_BIT, Placement::kDevice);
    const VkSemaphoreSignalInfo signal{VK_STRUCTURE_TYPE_SEMAPHORE_SIGNAL_INFO, nullptr, gate, 1};
    check(vkSignalSemaphore(gpu.device(), &signal));
    check(vkWaitForFences(gpu.device(), 1, done.address(), VK_TRUE, UINT64_MAX));
    const auto words = result.as<std::uint32_t>();
    const bool whole = std::all_of(words.begin(), words.end(),
                                   [](std::uint32_t word) { return word == kPattern; });
    std::puts(whole ? "the copy is whole" : "the copy is NOT what was there");
    return whole ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    CommandLine line("vgpu-early-destroy", "Destroys what a pending submission uses.");
    line.parse(argc, argv);
    return guarded(run);
}
