// Tests fences, which live in the guest alone.
#include "icd/fence.h"

#include "objects.h"
#include "submits.h"
#include "tests/catch.h"

namespace vgpu::icd::test {

TEST_CASE("fences are made, reset, polled and destroyed without a crossing") {
    FakeDevice gpu;
    const std::uint32_t before = crossings(gpu.device);
    const OwnFence signalled(gpu.device, VK_FENCE_CREATE_SIGNALED_BIT);
    const OwnFence unsignalled(gpu.device);
    CHECK(entry_vkGetFenceStatus(gpu.device, signalled) == VK_SUCCESS);
    CHECK(entry_vkGetFenceStatus(gpu.device, unsignalled) == VK_NOT_READY);
    const VkFence fence = signalled;
    CHECK(entry_vkResetFences(gpu.device, 1, &fence) == VK_SUCCESS);
    CHECK(entry_vkGetFenceStatus(gpu.device, signalled) == VK_NOT_READY);
    CHECK(crossings(gpu.device) == before);
}

TEST_CASE("a fence is signalled when its queue has completed the submit") {
    FakeDevice gpu;
    Submits submits(gpu.host);
    const OwnFence first(gpu.device), second(gpu.device);
    const VkQueue queue = queue_of(gpu.device);
    CHECK(entry_vkQueueSubmit(queue, 0, nullptr, first) == VK_SUCCESS);
    CHECK(entry_vkQueueSubmit(queue, 0, nullptr, second) == VK_SUCCESS);
    CHECK(entry_vkGetFenceStatus(gpu.device, first) == VK_NOT_READY);
    submits.complete();
    CHECK(entry_vkGetFenceStatus(gpu.device, first) == VK_SUCCESS);
    CHECK(entry_vkGetFenceStatus(gpu.device, second) == VK_NOT_READY);
    submits.complete();
    CHECK(entry_vkGetFenceStatus(gpu.device, second) == VK_SUCCESS);
}

TEST_CASE("a fence is submitted again after a reset") {
    FakeDevice gpu;
    Submits submits(gpu.host);
    const OwnFence owned(gpu.device);
    const VkFence fence = owned;
    const VkQueue queue = queue_of(gpu.device);
    for (int i = 0; i < 3; ++i) {
        CHECK(entry_vkQueueSubmit(queue, 0, nullptr, fence) == VK_SUCCESS);
        CHECK(entry_vkGetFenceStatus(gpu.device, fence) == VK_NOT_READY);
        submits.complete();
        CHECK(entry_vkWaitForFences(gpu.device, 1, &fence, VK_TRUE, UINT64_MAX) == VK_SUCCESS);
        CHECK(entry_vkResetFences(gpu.device, 1, &fence) == VK_SUCCESS);
    }
}

TEST_CASE("waiting for any fence ends with the first, waiting for all does not") {
    FakeDevice gpu;
    Submits submits(gpu.host);
    const OwnFence first(gpu.device), second(gpu.device);
    const VkFence both[] = {first, second};
    CHECK(entry_vkQueueSubmit(queue_of(gpu.device, 1), 0, nullptr, second) == VK_SUCCESS);
    CHECK(entry_vkWaitForFences(gpu.device, 2, both, VK_FALSE, 0) == VK_TIMEOUT);
    submits.complete();
    CHECK(entry_vkWaitForFences(gpu.device, 2, both, VK_FALSE, UINT64_MAX) == VK_SUCCESS);
    CHECK(entry_vkWaitForFences(gpu.device, 2, both, VK_TRUE, 0) == VK_TIMEOUT);
    CHECK(entry_vkWaitForFences(gpu.device, 2, both, VK_TRUE, 1000) == VK_TIMEOUT);
}

TEST_CASE("a fence that the guest signals is signalled until it is reset") {
    FakeDevice gpu;
    const OwnFence owned(gpu.device);
    const VkFence fence = owned;
    signal_from_guest(fence);
    signal_from_guest(VkFence{VK_NULL_HANDLE});
    CHECK(entry_vkGetFenceStatus(gpu.device, fence) == VK_SUCCESS);
    CHECK(entry_vkResetFences(gpu.device, 1, &fence) == VK_SUCCESS);
    CHECK(entry_vkGetFenceStatus(gpu.device, fence) == VK_NOT_READY);
}

TEST_CASE("polling a fence finds out that the host is gone") {
    FakeDevice gpu;
    const OwnFence owned(gpu.device);
    gpu.host.gone = true;
    VkResult result = VK_NOT_READY;
    for (int i = 0; i < 1000 && result == VK_NOT_READY; ++i)
        result = entry_vkGetFenceStatus(gpu.device, owned);
    CHECK(result == VK_ERROR_DEVICE_LOST);
}

TEST_CASE("a wait without end ends when the host is gone") {
    FakeDevice gpu;
    const OwnFence owned(gpu.device);
    const VkFence fence = owned;
    gpu.host.gone = true;
    CHECK(entry_vkWaitForFences(gpu.device, 1, &fence, VK_TRUE, UINT64_MAX) ==
          VK_ERROR_DEVICE_LOST);
    VkFence made = fence;
    const VkFenceCreateInfo info{VK_STRUCTURE_TYPE_FENCE_CREATE_INFO, nullptr, 0};
    CHECK(entry_vkCreateFence(gpu.device, &info, nullptr, &made) == VK_ERROR_DEVICE_LOST);
    CHECK(made == VK_NULL_HANDLE);
}

}  // namespace vgpu::icd::test
