// Events that the host and the device set, reset and wait for.
#include <array>
#include <cstdint>
#include <limits>

#include "common/kernel.h"
#include "compute/parts.h"
#include "increment.h"

namespace vgpu::programs {

namespace {

constexpr std::array<std::uint32_t, 2> kAddOne{0, 1};

Event make_event(const Gpu& gpu) {
    return Event(gpu.device(), VkEventCreateInfo{VK_STRUCTURE_TYPE_EVENT_CREATE_INFO});
}

void host_alone(const Stage& stage) {
    const VkDevice device = stage.gpu.device();
    const Event event = make_event(stage.gpu);
    Report& report = stage.report;
    report.check(vkGetEventStatus(device, event) == VK_EVENT_RESET, "A new event is reset.");
    check(vkSetEvent(device, event));
    report.check(vkGetEventStatus(device, event) == VK_EVENT_SET, "The host can set an event.");
    check(vkResetEvent(device, event));
    report.check(vkGetEventStatus(device, event) == VK_EVENT_RESET, "The host can reset one.");
}

// One command buffer sets, a later one waits, and the device resets at the end.
void device_alone(const Stage& stage) {
    const Gpu& gpu = stage.gpu;
    const Event event = make_event(gpu);
    const BoundBuffer counters = zeroed_storage(gpu, 1);
    const Kernel kernel(gpu, increment, {counters}, 8);
    run_once(gpu, [&](VkCommandBuffer commands) {
        kernel.bind(commands, kAddOne.data());
        vkCmdDispatch(commands, 100, 1, 1);
        vkCmdSetEvent(commands, event, VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT);
    });
    stage.report.check(vkGetEventStatus(gpu.device(), event) == VK_EVENT_SET,
                       "The host sees the event that the device has set.");
    run_once(gpu, [&](VkCommandBuffer commands) {
        VkMemoryBarrier barrier{VK_STRUCTURE_TYPE_MEMORY_BARRIER};
        barrier.srcAccessMask = VK_ACCESS_SHADER_WRITE_BIT;
        barrier.dstAccessMask = VK_ACCESS_SHADER_READ_BIT | VK_ACCESS_SHADER_WRITE_BIT;
        vkCmdWaitEvents(commands, 1, event.address(), VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT,
                        VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT, 1, &barrier, 0, nullptr, 0, nullptr);
        kernel.bind(commands, kAddOne.data());
        vkCmdDispatch(commands, 11, 1, 1);
        vkCmdResetEvent(commands, event, VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT);
        memory_barrier(commands, kComputeStorage, kCopySource);
    });
    stage.report.check(vkGetEventStatus(gpu.device(), event) == VK_EVENT_RESET,
                       "The host sees the event that the device has reset.");
    const std::uint32_t counted = read_words(gpu, counters).front();
    stage.report.value("events_device", counted);
    stage.report.check(counted == 111, "Work on both sides of the event is done once.");
}

// The device waits for an event that the host sets only after the submit.
void host_lets_device_go(const Stage& stage) {
    const Gpu& gpu = stage.gpu;
    const Event event = make_event(gpu);
    const BoundBuffer counters = zeroed_storage(gpu, 1);
    const Kernel kernel(gpu, increment, {counters}, 8);
    const Commands pool(gpu);
    VkCommandBuffer commands = pool.allocate();
    begin(commands, VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT);
    vkCmdWaitEvents(commands, 1, event.address(), VK_PIPELINE_STAGE_HOST_BIT,
                    VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT, 0, nullptr, 0, nullptr, 0, nullptr);
    kernel.bind(commands, kAddOne.data());
    vkCmdDispatch(commands, 7, 1, 1);
    memory_barrier(commands, kComputeStorage, kCopySource);
    check(vkEndCommandBuffer(commands));

    const Fence done(gpu.device(), VkFenceCreateInfo{VK_STRUCTURE_TYPE_FENCE_CREATE_INFO});
    VkSubmitInfo submit{VK_STRUCTURE_TYPE_SUBMIT_INFO};
    submit.commandBufferCount = 1;
    submit.pCommandBuffers = &commands;
    check(vkQueueSubmit(gpu.queue(), 1, &submit, done));
    stage.report.check(
        vkWaitForFences(gpu.device(), 1, done.address(), VK_TRUE, 20'000'000) == VK_TIMEOUT,
        "The device waits for the host.");
    check(vkSetEvent(gpu.device(), event));
    check(vkWaitForFences(gpu.device(), 1, done.address(), VK_TRUE,
                          std::numeric_limits<std::uint64_t>::max()));
    const std::uint32_t counted = read_words(gpu, counters).front();
    stage.report.value("events_host", counted);
    stage.report.check(counted == 7, "The device goes on once the host has set the event.");
}

}  // namespace

void events(const Stage& stage) {
    host_alone(stage);
    device_alone(stage);
    host_lets_device_go(stage);
}

}  // namespace vgpu::programs
