// Timeline semaphores between host and queue, also with the wait submitted before the signal.
#include <array>
#include <cstdint>
#include <limits>
#include <thread>

#include "common/kernel.h"
#include "compute/parts.h"
#include "increment.h"

namespace vgpu::programs {

namespace {

constexpr std::uint64_t kForever = std::numeric_limits<std::uint64_t>::max();

Semaphore make_timeline(const Gpu& gpu, std::uint64_t start) {
    VkSemaphoreTypeCreateInfo type{VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO};
    type.semaphoreType = VK_SEMAPHORE_TYPE_TIMELINE;
    type.initialValue = start;
    VkSemaphoreCreateInfo info{VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO};
    info.pNext = &type;
    return Semaphore(gpu.device(), info);
}

std::uint64_t value_of(const Gpu& gpu, VkSemaphore semaphore) {
    std::uint64_t value = 0;
    check(vkGetSemaphoreCounterValue(gpu.device(), semaphore, &value));
    return value;
}

VkResult wait_for(const Gpu& gpu, VkSemaphore semaphore, std::uint64_t value,
                  std::uint64_t timeout) {
    VkSemaphoreWaitInfo info{VK_STRUCTURE_TYPE_SEMAPHORE_WAIT_INFO};
    info.semaphoreCount = 1;
    info.pSemaphores = &semaphore;
    info.pValues = &value;
    return vkWaitSemaphores(gpu.device(), &info, timeout);
}

void signal_from_host(const Gpu& gpu, VkSemaphore semaphore, std::uint64_t value) {
    VkSemaphoreSignalInfo info{VK_STRUCTURE_TYPE_SEMAPHORE_SIGNAL_INFO};
    info.semaphore = semaphore;
    info.value = value;
    check(vkSignalSemaphore(gpu.device(), &info));
}

// Submits `commands` (or nothing) to run between two values of a timeline.
void submit(const Gpu& gpu, VkSemaphore semaphore, std::uint64_t wait, std::uint64_t signal,
            VkCommandBuffer commands) {
    const VkPipelineStageFlags stage = VK_PIPELINE_STAGE_ALL_COMMANDS_BIT;
    VkTimelineSemaphoreSubmitInfo values{VK_STRUCTURE_TYPE_TIMELINE_SEMAPHORE_SUBMIT_INFO};
    values.waitSemaphoreValueCount = 1;
    values.pWaitSemaphoreValues = &wait;
    values.signalSemaphoreValueCount = 1;
    values.pSignalSemaphoreValues = &signal;
    VkSubmitInfo info{VK_STRUCTURE_TYPE_SUBMIT_INFO};
    info.pNext = &values;
    info.waitSemaphoreCount = 1;
    info.pWaitSemaphores = &semaphore;
    info.pWaitDstStageMask = &stage;
    info.commandBufferCount = commands == VK_NULL_HANDLE ? 0 : 1;
    info.pCommandBuffers = &commands;
    info.signalSemaphoreCount = 1;
    info.pSignalSemaphores = &semaphore;
    check(vkQueueSubmit(gpu.queue(), 1, &info, VK_NULL_HANDLE));
}

void host_alone(const Stage& stage) {
    const Gpu& gpu = stage.gpu;
    const Semaphore timeline = make_timeline(gpu, 40);
    stage.report.check(value_of(gpu, timeline) == 40, "A timeline starts where it is told to.");
    signal_from_host(gpu, timeline, 42);
    stage.report.check(value_of(gpu, timeline) == 42, "The host's signal is seen at once.");
    check(wait_for(gpu, timeline, 41, 0));
    stage.report.check(wait_for(gpu, timeline, 43, 0) == VK_TIMEOUT,
                       "A value that is not reached times out.");
    stage.report.check(wait_for(gpu, timeline, 43, 5'000'000) == VK_TIMEOUT,
                       "A value that is never reached times out after five milliseconds.");
}

// A second thread lets go what the first one has submitted already.
void wait_before_signal(const Stage& stage) {
    const Gpu& gpu = stage.gpu;
    const Semaphore timeline = make_timeline(gpu, 0);
    const BoundBuffer counters = zeroed_storage(gpu, 1);
    const Kernel kernel(gpu, increment, {counters}, 8);
    const Commands pool(gpu);
    VkCommandBuffer commands = pool.allocate();
    begin(commands, VK_COMMAND_BUFFER_USAGE_SIMULTANEOUS_USE_BIT);
    const std::array<std::uint32_t, 2> add{0, 1};
    kernel.bind(commands, add.data());
    vkCmdDispatch(commands, 10, 1, 1);
    memory_barrier(commands, kComputeStorage, kCopySource);
    check(vkEndCommandBuffer(commands));

    for (std::uint64_t value = 1; value < 8; value += 2)
        submit(gpu, timeline, value, value + 1, commands);
    stage.report.check(wait_for(gpu, timeline, 2, 10'000'000) == VK_TIMEOUT,
                       "Nothing runs before its wait is signalled.");
    std::thread other([&] {
        for (std::uint64_t value = 1; value < 8; value += 2) {
            signal_from_host(gpu, timeline, value);
            check(wait_for(gpu, timeline, value + 1, kForever));
        }
    });
    const VkResult reached = wait_for(gpu, timeline, 8, kForever);
    other.join();
    check(reached);
    check(vkQueueWaitIdle(gpu.queue()));
    const std::uint32_t counted = read_words(gpu, counters).front();
    stage.report.value("timelines_wait_before_signal", counted);
    stage.report.check(counted == 40, "Each submit runs once its value is reached.");
}

void wait_any_and_all(const Stage& stage) {
    const Gpu& gpu = stage.gpu;
    const Semaphore first = make_timeline(gpu, 0), second = make_timeline(gpu, 0);
    const VkSemaphore both[] = {first, second};
    const std::uint64_t values[] = {1, 1};
    VkSemaphoreWaitInfo info{VK_STRUCTURE_TYPE_SEMAPHORE_WAIT_INFO};
    info.semaphoreCount = 2;
    info.pSemaphores = both;
    info.pValues = values;
    signal_from_host(gpu, second, 1);
    stage.report.check(vkWaitSemaphores(gpu.device(), &info, 1'000'000) == VK_TIMEOUT,
                       "A wait for all wants all.");
    info.flags = VK_SEMAPHORE_WAIT_ANY_BIT;
    stage.report.check(vkWaitSemaphores(gpu.device(), &info, kForever) == VK_SUCCESS,
                       "A wait for any is content with one.");
    submit(gpu, first, 0, 1, VK_NULL_HANDLE);
    info.flags = 0;
    stage.report.check(vkWaitSemaphores(gpu.device(), &info, kForever) == VK_SUCCESS,
                       "A submit with no commands signals too.");
}

}  // namespace

void timelines(const Stage& stage) {
    if (!stage.gpu.features().v12.timelineSemaphore) {
        stage.report.not_offered("timelines");
        return;
    }
    host_alone(stage);
    wait_before_signal(stage);
    wait_any_and_all(stage);
}

}  // namespace vgpu::programs
