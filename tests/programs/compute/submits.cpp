// Many small submits in many shapes: the order and the counts must come out right.
#include <array>
#include <cstdint>
#include <deque>
#include <limits>

#include "common/kernel.h"
#include "compute/parts.h"
#include "increment.h"

namespace vgpu::programs {

namespace {

constexpr std::uint64_t kForever = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint32_t kSubmits = 500;
constexpr std::size_t kInFlight = 4;

Fence make_fence(const Gpu& gpu, VkFenceCreateFlags flags) {
    return Fence(gpu.device(), {VK_STRUCTURE_TYPE_FENCE_CREATE_INFO, nullptr, flags});
}

// Counters on the device and command buffers that add one to a chosen counter.
class Counting {
  public:
    Counting(const Gpu& gpu, std::size_t counters)
        : gpu_(gpu),
          counters_(zeroed_storage(gpu, counters)),
          kernel_(gpu, increment, {counters_}, 8),
          pool_(gpu) {}

    VkCommandBuffer record(std::uint32_t counter, VkCommandBufferUsageFlags usage = 0) const {
        VkCommandBuffer commands = pool_.allocate();
        record_again(commands, counter, usage);
        return commands;
    }
    void record_again(VkCommandBuffer commands, std::uint32_t counter,
                      VkCommandBufferUsageFlags usage) const {
        const std::array<std::uint32_t, 2> add{counter, 1};
        begin(commands, usage);
        kernel_.bind(commands, add.data());
        vkCmdDispatch(commands, 1, 1, 1);
        memory_barrier(commands, kComputeStorage, kCopySource);
        check(vkEndCommandBuffer(commands));
    }
    std::vector<std::uint32_t> read() const { return read_words(gpu_, counters_); }

  private:
    const Gpu& gpu_;
    BoundBuffer counters_;
    Kernel kernel_;
    Commands pool_;
};

VkSubmitInfo submit_of(const VkCommandBuffer* commands) {
    VkSubmitInfo info{VK_STRUCTURE_TYPE_SUBMIT_INFO};
    info.commandBufferCount = 1;
    info.pCommandBuffers = commands;
    return info;
}

// A few frames in flight, each with a fence and a command buffer that is recorded anew.
void frames_in_flight(const Stage& stage) {
    const Gpu& gpu = stage.gpu;
    const Counting counting(gpu, 1);
    std::deque<Fence> fences;
    std::vector<VkCommandBuffer> buffers;
    for (std::size_t i = 0; i < kInFlight; ++i) {
        fences.push_back(make_fence(gpu, VK_FENCE_CREATE_SIGNALED_BIT));
        buffers.push_back(counting.record(0));
    }
    for (std::uint32_t i = 0; i < kSubmits; ++i) {
        const std::size_t slot = i % kInFlight;
        check(vkWaitForFences(gpu.device(), 1, fences[slot].address(), VK_TRUE, kForever));
        check(vkResetFences(gpu.device(), 1, fences[slot].address()));
        counting.record_again(buffers[slot], 0, VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT);
        const VkSubmitInfo submit = submit_of(&buffers[slot]);
        check(vkQueueSubmit(gpu.queue(), 1, &submit, fences[slot]));
    }
    check(vkQueueWaitIdle(gpu.queue()));
    stage.report.value("submits_in_flight", counting.read().front());
    stage.report.check(counting.read().front() == kSubmits, "Each small submit runs once.");
}

// One call with many batches, then one fence for all of them.
void batched(const Stage& stage) {
    const Gpu& gpu = stage.gpu;
    const Counting counting(gpu, 2);
    const VkCommandBuffer first = counting.record(0, VK_COMMAND_BUFFER_USAGE_SIMULTANEOUS_USE_BIT);
    const VkCommandBuffer second = counting.record(1, VK_COMMAND_BUFFER_USAGE_SIMULTANEOUS_USE_BIT);
    std::vector<VkSubmitInfo> submits;
    for (int i = 0; i < 64; ++i) submits.push_back(submit_of(i % 4 == 0 ? &first : &second));
    const Fence all_done = make_fence(gpu, 0);
    check(vkQueueSubmit(gpu.queue(), 64, submits.data(), all_done));
    check(vkWaitForFences(gpu.device(), 1, all_done.address(), VK_TRUE, kForever));
    const std::vector<std::uint32_t> counted = counting.read();
    stage.report.value("submits_batched", counted[0] * 1000 + counted[1]);
    stage.report.check(counted[0] == 16 && counted[1] == 48, "Each batch of one call runs once.");
}

// A chain of binary semaphores from queue to queue, where there are several.
void chained(const Stage& stage) {
    const Gpu& gpu = stage.gpu;
    const Counting counting(gpu, 1);
    const VkPipelineStageFlags wait_stage = VK_PIPELINE_STAGE_ALL_COMMANDS_BIT;
    constexpr std::size_t kLinks = 12;
    std::deque<Semaphore> semaphores;
    std::vector<VkCommandBuffer> buffers;
    for (std::size_t i = 0; i < kLinks; ++i) {
        semaphores.emplace_back(gpu.device(),
                                VkSemaphoreCreateInfo{VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO});
        buffers.push_back(counting.record(0));
    }
    const Fence done = make_fence(gpu, 0);
    for (std::size_t i = 0; i < kLinks; ++i) {
        VkSubmitInfo submit = submit_of(&buffers[i]);
        submit.waitSemaphoreCount = i == 0 ? 0 : 1;
        submit.pWaitSemaphores = i == 0 ? nullptr : semaphores[i - 1].address();
        submit.pWaitDstStageMask = &wait_stage;
        // The last one signals nothing that nobody would wait for.
        submit.signalSemaphoreCount = i + 1 == kLinks ? 0 : 1;
        submit.pSignalSemaphores = semaphores[i].address();
        const VkQueue queue = gpu.queues()[i % gpu.queues().size()];
        check(vkQueueSubmit(queue, 1, &submit, i + 1 == kLinks ? done.get() : VK_NULL_HANDLE));
    }
    check(vkWaitForFences(gpu.device(), 1, done.address(), VK_TRUE, kForever));
    check(vkDeviceWaitIdle(gpu.device()));
    stage.report.value("submits_chained", counting.read().front());
    stage.report.value("queues", gpu.queues().size());
    stage.report.check(counting.read().front() == kLinks, "Each link of the chain runs once.");
}

// Submits that carry nothing but a fence, and waits for any of several.
void empty(const Stage& stage) {
    const Gpu& gpu = stage.gpu;
    const Fence first = make_fence(gpu, 0), never = make_fence(gpu, 0);
    check(vkQueueSubmit(gpu.queue(), 0, nullptr, first));
    const VkFence both[] = {never, first};
    check(vkWaitForFences(gpu.device(), 2, both, VK_FALSE, kForever));
    stage.report.check(vkGetFenceStatus(gpu.device(), first) == VK_SUCCESS,
                       "A submit of nothing signals its fence.");
    stage.report.check(vkGetFenceStatus(gpu.device(), never) == VK_NOT_READY,
                       "A fence that was never submitted is not ready.");
    stage.report.check(vkWaitForFences(gpu.device(), 2, both, VK_TRUE, 0) == VK_TIMEOUT,
                       "A wait for all fences with no time gives up at once.");
    check(vkQueueSubmit(gpu.queue(), 0, nullptr, VK_NULL_HANDLE));
    const VkSubmitInfo nothing{VK_STRUCTURE_TYPE_SUBMIT_INFO};
    check(vkQueueSubmit(gpu.queue(), 1, &nothing, VK_NULL_HANDLE));
}

}  // namespace

void submits(const Stage& stage) {
    frames_in_flight(stage);
    batched(stage);
    chained(stage);
    empty(stage);
}

}  // namespace vgpu::programs
