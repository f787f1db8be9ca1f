// The ways in which programs reset, poll and reuse fences.
#include <chrono>
#include <cstdint>
#include <thread>

#include "common/commands.h"
#include "errors/parts.h"

namespace vgpu::programs {

namespace {

Fence make_fence(const Gpu& gpu, VkFenceCreateFlags flags = 0) {
    return Fence(gpu.device(), {VK_STRUCTURE_TYPE_FENCE_CREATE_INFO, nullptr, flags});
}

// Loops as games do: no wait at all, only status. Bounded, so that a lost fence is a failure.
bool poll(const Gpu& gpu, VkFence fence) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (std::chrono::steady_clock::now() < end) {
        const VkResult result = vkGetFenceStatus(gpu.device(), fence);
        if (result == VK_SUCCESS) return true;
        if (result != VK_NOT_READY) check(result);
    }
    return false;
}

void reuse_one(const Stage& stage) {
    const Gpu& gpu = stage.gpu;
    const Fence fence = make_fence(gpu);
    std::uint32_t seen = 0;
    for (int i = 0; i < 100; ++i) {
        check(vkQueueSubmit(gpu.queue(), 0, nullptr, fence));
        if (i % 3 == 0)
            check(vkWaitForFences(gpu.device(), 1, fence.address(), VK_TRUE, UINT64_MAX));
        if (poll(gpu, fence)) ++seen;
        check(vkResetFences(gpu.device(), 1, fence.address()));
        check(vkResetFences(gpu.device(), 1, fence.address()));
        stage.report.check(vkGetFenceStatus(gpu.device(), fence) == VK_NOT_READY,
                           "A fence that is reset twice is not ready.");
    }
    stage.report.value("fences_reused", seen);
}

// Waiting with no time at all is a poll.
void poll_by_waiting(const Stage& stage) {
    const Gpu& gpu = stage.gpu;
    const Fence fence = make_fence(gpu), born_ready = make_fence(gpu, VK_FENCE_CREATE_SIGNALED_BIT);
    check(vkWaitForFences(gpu.device(), 1, born_ready.address(), VK_TRUE, 0));
    check(vkQueueSubmit(gpu.queue(), 0, nullptr, fence));
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    VkResult result = VK_TIMEOUT;
    while (result == VK_TIMEOUT && std::chrono::steady_clock::now() < end)
        result = vkWaitForFences(gpu.device(), 1, fence.address(), VK_TRUE, 0);
    check(result);
}

// Destroyed as soon as its signal is seen; the next one may get its place.
void short_lives(const Stage& stage) {
    const Gpu& gpu = stage.gpu;
    for (int i = 0; i < 200; ++i) {
        const Fence fence = make_fence(gpu);
        check(vkQueueSubmit(gpu.queue(), 0, nullptr, fence));
        check(vkWaitForFences(gpu.device(), 1, fence.address(), VK_TRUE, UINT64_MAX));
    }
    check(vkQueueWaitIdle(gpu.queue()));
}

// One thread waits for a fence while another polls it. The submit comes before both: it wants the
// fence for itself.
void watched(const Stage& stage) {
    const Gpu& gpu = stage.gpu;
    const Fence fence = make_fence(gpu);
    check(vkQueueSubmit(gpu.queue(), 0, nullptr, fence));
    bool polled = false;
    VkResult waited = VK_NOT_READY;
    std::thread poller([&] { polled = poll(gpu, fence); });
    std::thread waiter([&] {
        waited = vkWaitForFences(gpu.device(), 1, fence.address(), VK_TRUE, 20'000'000'000);
    });
    poller.join();
    waiter.join();
    stage.report.check(polled && waited == VK_SUCCESS, "Two threads see the same fence.");
}

}  // namespace

void fence_habits(const Stage& stage) {
    reuse_one(stage);
    poll_by_waiting(stage);
    short_lives(stage);
    watched(stage);
}

}  // namespace vgpu::programs
