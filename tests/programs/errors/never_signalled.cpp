// Waits for what never comes must end when their time is over: not before, and not much later.
#include <chrono>
#include <cstdint>
#include <functional>

#include "common/handles.h"
#include "errors/parts.h"

namespace vgpu::programs {

namespace {

constexpr std::uint64_t kTimeouts[] = {0, 1, 1'000'000, 30'000'000};

// A loaded machine may wake late, but a wait that forgets its time takes far longer.
constexpr std::chrono::seconds kMostLate{5};

void check_timeout(const Stage& stage, const std::string& what, std::uint64_t nanoseconds,
                   const std::function<VkResult()>& wait) {
    const auto start = std::chrono::steady_clock::now();
    const VkResult result = wait();
    const auto took = std::chrono::steady_clock::now() - start;
    const auto asked = std::chrono::nanoseconds(nanoseconds);
    stage.report.check(result == VK_TIMEOUT, what + " reports a timeout.");
    stage.report.check(took >= asked, what + " does not give up early.");
    stage.report.check(took < asked + kMostLate, what + " gives up when its time is over.");
}

void fences(const Stage& stage) {
    const VkDevice device = stage.gpu.device();
    const Fence never(device, VkFenceCreateInfo{VK_STRUCTURE_TYPE_FENCE_CREATE_INFO});
    const Fence ready(device,
                      {VK_STRUCTURE_TYPE_FENCE_CREATE_INFO, nullptr, VK_FENCE_CREATE_SIGNALED_BIT});
    const VkFence both[] = {ready, never};
    for (std::uint64_t timeout : kTimeouts) {
        check_timeout(stage, "A wait for a fence", timeout, [&] {
            return vkWaitForFences(device, 1, never.address(), VK_TRUE, timeout);
        });
        check_timeout(stage, "A wait for all of two fences", timeout,
                      [&] { return vkWaitForFences(device, 2, both, VK_TRUE, timeout); });
        check(vkWaitForFences(device, 2, both, VK_FALSE, timeout));
    }
}

void timelines(const Stage& stage) {
    if (!stage.gpu.features().v12.timelineSemaphore) return;
    const VkDevice device = stage.gpu.device();
    VkSemaphoreTypeCreateInfo type{VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO};
    type.semaphoreType = VK_SEMAPHORE_TYPE_TIMELINE;
    type.initialValue = 5;
    const Semaphore timeline(device,
                             VkSemaphoreCreateInfo{VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO, &type});
    const std::uint64_t never = 6;
    VkSemaphoreWaitInfo info{VK_STRUCTURE_TYPE_SEMAPHORE_WAIT_INFO};
    info.semaphoreCount = 1;
    info.pSemaphores = timeline.address();
    info.pValues = &never;
    for (std::uint64_t timeout : kTimeouts)
        check_timeout(stage, "A wait for a timeline", timeout,
                      [&] { return vkWaitSemaphores(device, &info, timeout); });
}

void queries(const Stage& stage) {
    if (!stage.gpu.features().v12.hostQueryReset) return;
    VkQueryPoolCreateInfo info{VK_STRUCTURE_TYPE_QUERY_POOL_CREATE_INFO};
    info.queryType = VK_QUERY_TYPE_OCCLUSION;
    info.queryCount = 1;
    const QueryPool pool(stage.gpu.device(), info);
    vkResetQueryPool(stage.gpu.device(), pool, 0, 1);
    std::uint32_t untouched = 0x12345678;
    stage.report.check(
        vkGetQueryPoolResults(stage.gpu.device(), pool, 0, 1, 4, &untouched, 4, 0) == VK_NOT_READY,
        "A query that never ran is not ready.");
    stage.report.check(untouched == 0x12345678, "A query that is not ready writes nothing.");
}

}  // namespace

void never_signalled(const Stage& stage) {
    fences(stage);
    timelines(stage);
    queries(stage);
    stage.report.value("never_signalled", "timed out");
}

}  // namespace vgpu::programs
