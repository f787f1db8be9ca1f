// Memory that the host writes after the submit that reads it, and reads before that submit's end:
// what a semaphore or an event that the host signals, or sees, puts in order.
#include <chrono>
#include <cstdint>
#include <cstring>
#include <limits>
#include <thread>

#include "common/commands.h"
#include "compute/parts.h"

namespace vgpu::programs {

namespace {

constexpr VkDeviceSize kBytes = 8192;

// What the device copies, from one mapped buffer to another.
struct Copied {
    explicit Copied(const Gpu& gpu)
        : from(gpu, kBytes, VK_BUFFER_USAGE_TRANSFER_SRC_BIT, Placement::kUpload),
          to(gpu, kBytes, VK_BUFFER_USAGE_TRANSFER_DST_BIT, Placement::kReadBack) {
        fill(1);
        std::memset(to.mapped().data(), 0, kBytes);
    }
    void fill(int octet) const { std::memset(from.mapped().data(), octet, kBytes); }
    // Records the copy, of what the host has written and for the host to read.
    void record(VkCommandBuffer commands) const {
        memory_barrier(commands, kHostWrite, kCopySource);
        const VkBufferCopy all{0, 0, kBytes};
        vkCmdCopyBuffer(commands, from, to, 1, &all);
        memory_barrier(commands, kCopyTarget, kHostRead);
    }
    bool is(int octet) const {
        for (const std::byte there : to.mapped())
            if (there != static_cast<std::byte>(octet)) return false;
        return true;
    }
    BoundBuffer from, to;
};

Event make_event(const Gpu& gpu) {
    return Event(gpu.device(), VkEventCreateInfo{VK_STRUCTURE_TYPE_EVENT_CREATE_INFO});
}

// Long enough for the device to come to its wait.
void let_it_begin() {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
}

void before_a_timeline(const Stage& stage) {
    const Gpu& gpu = stage.gpu;
    if (!gpu.features().v12.timelineSemaphore) return stage.report.not_offered("late_timeline");
    VkSemaphoreTypeCreateInfo type{VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO};
    type.semaphoreType = VK_SEMAPHORE_TYPE_TIMELINE;
    const Semaphore timeline(gpu.device(),
                             VkSemaphoreCreateInfo{VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO, &type});
    const Copied copied(gpu);
    const Commands pool(gpu);
    VkCommandBuffer commands = pool.allocate();
    begin(commands);
    copied.record(commands);
    check(vkEndCommandBuffer(commands));
    const std::uint64_t one = 1;
    VkTimelineSemaphoreSubmitInfo values{VK_STRUCTURE_TYPE_TIMELINE_SEMAPHORE_SUBMIT_INFO};
    values.waitSemaphoreValueCount = 1;
    values.pWaitSemaphoreValues = &one;
    const VkPipelineStageFlags all = VK_PIPELINE_STAGE_ALL_COMMANDS_BIT;
    VkSubmitInfo submit{VK_STRUCTURE_TYPE_SUBMIT_INFO, &values};
    submit.waitSemaphoreCount = 1;
    submit.pWaitSemaphores = timeline.address();
    submit.pWaitDstStageMask = &all;
    submit.commandBufferCount = 1;
    submit.pCommandBuffers = &commands;
    check(vkQueueSubmit(gpu.queue(), 1, &submit, VK_NULL_HANDLE));
    let_it_begin();
    copied.fill(7);
    const VkSemaphoreSignalInfo signal{VK_STRUCTURE_TYPE_SEMAPHORE_SIGNAL_INFO, nullptr, timeline,
                                       1};
    check(vkSignalSemaphore(gpu.device(), &signal));
    check(vkQueueWaitIdle(gpu.queue()));
    stage.report.check(copied.is(7), "The device reads what was written before the signal.");
    stage.report.value("late_timeline", "read");
}

void before_an_event(const Stage& stage) {
    const Gpu& gpu = stage.gpu;
    const Event go = make_event(gpu), copied_it = make_event(gpu), end = make_event(gpu);
    const Copied copied(gpu);
    const Commands pool(gpu);
    VkCommandBuffer commands = pool.allocate();
    begin(commands);
    const auto wait = [&](VkEvent event) {
        vkCmdWaitEvents(commands, 1, &event, VK_PIPELINE_STAGE_HOST_BIT,
                        VK_PIPELINE_STAGE_TRANSFER_BIT, 0, nullptr, 0, nullptr, 0, nullptr);
    };
    wait(go);
    copied.record(commands);
    vkCmdSetEvent(commands, copied_it, VK_PIPELINE_STAGE_ALL_COMMANDS_BIT);
    wait(end);
    check(vkEndCommandBuffer(commands));
    VkSubmitInfo submit{VK_STRUCTURE_TYPE_SUBMIT_INFO};
    submit.commandBufferCount = 1;
    submit.pCommandBuffers = &commands;
    check(vkQueueSubmit(gpu.queue(), 1, &submit, VK_NULL_HANDLE));
    let_it_begin();
    copied.fill(9);
    check(vkSetEvent(gpu.device(), go));
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    VkResult status = VK_EVENT_RESET;
    while (status == VK_EVENT_RESET && std::chrono::steady_clock::now() < give_up)
        status = vkGetEventStatus(gpu.device(), copied_it);
    stage.report.check(status == VK_EVENT_SET,
                       "The device sets an event in the midst of its work.");
    stage.report.check(copied.is(9), "The host reads what was written before the event.");
    check(vkSetEvent(gpu.device(), end));
    check(vkQueueWaitIdle(gpu.queue()));
    stage.report.value("late_event", "read");
}

}  // namespace

void late_writes(const Stage& stage) {
    before_a_timeline(stage);
    before_an_event(stage);
}

}  // namespace vgpu::programs
