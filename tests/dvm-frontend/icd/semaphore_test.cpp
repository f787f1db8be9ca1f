// Tests semaphores: counters in status slots, and signals of the guest's own.
#include "icd/semaphore.h"

#include <atomic>
#include <thread>
#include <vector>

#include "icd/device.h"
#include "icd/submit_filter.h"
#include "objects.h"
#include "submits.h"
#include "tests/catch.h"

namespace vgpu::icd::test {

namespace {

std::uint64_t value_of(VkDevice device, VkSemaphore semaphore) {
    std::uint64_t value = ~0ull;
    CHECK(entry_vkGetSemaphoreCounterValue(device, semaphore, &value) == VK_SUCCESS);
    return value;
}

VkResult signal(VkDevice device, VkSemaphore semaphore, std::uint64_t value) {
    const VkSemaphoreSignalInfo info{VK_STRUCTURE_TYPE_SEMAPHORE_SIGNAL_INFO, nullptr, semaphore,
                                     value};
    return entry_vkSignalSemaphore(device, &info);
}

VkResult wait(VkDevice device, const std::vector<VkSemaphore>& semaphores,
              const std::vector<std::uint64_t>& values, VkSemaphoreWaitFlags flags,
              std::uint64_t timeout) {
    const VkSemaphoreWaitInfo info{
        VK_STRUCTURE_TYPE_SEMAPHORE_WAIT_INFO,         nullptr,           flags,
        static_cast<std::uint32_t>(semaphores.size()), semaphores.data(), values.data()};
    return entry_vkWaitSemaphores(device, &info, timeout);
}

VkResult submit_signal(VkQueue queue, VkSemaphore semaphore, std::uint64_t value) {
    VkTimelineSemaphoreSubmitInfo values{VK_STRUCTURE_TYPE_TIMELINE_SEMAPHORE_SUBMIT_INFO};
    values.signalSemaphoreValueCount = 1;
    values.pSignalSemaphoreValues = &value;
    VkSubmitInfo info{VK_STRUCTURE_TYPE_SUBMIT_INFO, &values};
    info.signalSemaphoreCount = 1;
    info.pSignalSemaphores = &semaphore;
    return entry_vkQueueSubmit(queue, 1, &info, VK_NULL_HANDLE);
}

}  // namespace

TEST_CASE("a timeline semaphore begins with its initial value") {
    FakeDevice gpu;
    const OwnTimeline semaphore(gpu.device, 7);
    CHECK(value_of(gpu.device, semaphore) == 7);
    CHECK(wait(gpu.device, {semaphore}, {7}, 0, UINT64_MAX) == VK_SUCCESS);
    CHECK(wait(gpu.device, {semaphore}, {8}, 0, 0) == VK_TIMEOUT);
}

TEST_CASE("a submit's signal reaches the counter when its batch is complete") {
    FakeDevice gpu;
    Submits submits(gpu.host);
    const OwnTimeline semaphore(gpu.device);
    CHECK(submit_signal(queue_of(gpu.device), semaphore, 5) == VK_SUCCESS);
    CHECK(value_of(gpu.device, semaphore) == 0);
    submits.complete();
    CHECK(value_of(gpu.device, semaphore) == 5);
}

TEST_CASE("who sees the end of a submit sees what it waited for, whatever was told before") {
    FakeDevice gpu;
    Submits submits(gpu.host);
    const OwnTimeline semaphore(gpu.device);
    const VkFenceCreateInfo fence_info{VK_STRUCTURE_TYPE_FENCE_CREATE_INFO};
    VkFence fence = VK_NULL_HANDLE;
    CHECK(entry_vkCreateFence(gpu.device, &fence_info, nullptr, &fence) == VK_SUCCESS);
    // Another queue signals 5, and the host has not told it yet.
    VkSemaphoreSubmitInfo wait{VK_STRUCTURE_TYPE_SEMAPHORE_SUBMIT_INFO};
    wait.semaphore = semaphore;
    wait.value = 5;
    VkSubmitInfo2 info{VK_STRUCTURE_TYPE_SUBMIT_INFO_2};
    info.waitSemaphoreInfoCount = 1;
    info.pWaitSemaphoreInfos = &wait;
    CHECK(entry_vkQueueSubmit2(queue_of(gpu.device), 1, &info, fence) == VK_SUCCESS);
    CHECK(value_of(gpu.device, semaphore) == 0);
    submits.complete();
    CHECK(entry_vkGetFenceStatus(gpu.device, fence) == VK_SUCCESS);
    CHECK(value_of(gpu.device, semaphore) == 5);
    entry_vkDestroyFence(gpu.device, fence, nullptr);
}

TEST_CASE("what the guest signals is seen at once and told to the host") {
    FakeDevice gpu;
    const OwnTimeline semaphore(gpu.device);
    std::uint64_t told = 0;
    gpu.host.on_post<wire::Args_vkSignalSemaphore>(
        [&](const auto& args) { told = args.pSignalInfo->value; });
    CHECK(signal(gpu.device, semaphore, 3) == VK_SUCCESS);
    CHECK(value_of(gpu.device, semaphore) == 3);
    CHECK(told == 3);
}

TEST_CASE("waiting for any of two semaphores ends with one, for all with both") {
    FakeDevice gpu;
    const OwnTimeline first(gpu.device), second(gpu.device);
    signal(gpu.device, second, 2);
    CHECK(wait(gpu.device, {first, second}, {1, 2}, VK_SEMAPHORE_WAIT_ANY_BIT, UINT64_MAX) ==
          VK_SUCCESS);
    CHECK(wait(gpu.device, {first, second}, {1, 2}, 0, 1000) == VK_TIMEOUT);
    signal(gpu.device, first, 1);
    CHECK(wait(gpu.device, {first, second}, {1, 2}, 0, UINT64_MAX) == VK_SUCCESS);
}

TEST_CASE("a thread that waits is woken by a signal of another thread") {
    FakeDevice gpu;
    const OwnTimeline semaphore(gpu.device);
    std::atomic<int> result{-1000};
    std::thread waiting([&] { result = wait(gpu.device, {semaphore}, {1}, 0, UINT64_MAX); });
    while (object_of<Semaphore>(VkSemaphore(semaphore)).waiters.load() == 0)
        std::this_thread::yield();
    CHECK(signal(gpu.device, semaphore, 1) == VK_SUCCESS);
    waiting.join();
    CHECK(result == VK_SUCCESS);
}

TEST_CASE("a slot of a destroyed semaphore is used again only when no submit writes it") {
    FakeDevice gpu;
    Submits submits(gpu.host);
    VkSemaphore semaphore = VK_NULL_HANDLE;
    REQUIRE(create_timeline(gpu.device, 0, semaphore) == VK_SUCCESS);
    const std::uint32_t slot = object_of<Semaphore>(semaphore).slot;
    submit_signal(queue_of(gpu.device), semaphore, 5);
    entry_vkDestroySemaphore(gpu.device, semaphore, nullptr);

    std::vector<VkSemaphore> others;
    for (int i = 0; i < 8; ++i) {
        others.push_back(VK_NULL_HANDLE);
        REQUIRE(create_timeline(gpu.device, 0, others.back()) == VK_SUCCESS);
        CHECK(object_of<Semaphore>(others.back()).slot != slot);
    }
    submits.complete();
    for (const VkSemaphore other : others) entry_vkDestroySemaphore(gpu.device, other, nullptr);
    bool seen = false;
    for (int i = 0; i < 9; ++i) {
        REQUIRE(create_timeline(gpu.device, 0, semaphore) == VK_SUCCESS);
        seen = seen || object_of<Semaphore>(semaphore).slot == slot;
        CHECK(value_of(gpu.device, semaphore) == 0);
        others.push_back(semaphore);
    }
    CHECK(seen);
    for (std::size_t i = 8; i < others.size(); ++i)
        entry_vkDestroySemaphore(gpu.device, others[i], nullptr);
}

TEST_CASE("a temporary payload lives until the submit that waits for it has been posted") {
    FakeDevice gpu;
    Device& device = object_of<Device>(gpu.device);
    const VkSemaphoreCreateInfo info{VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO, nullptr, 0};
    VkSemaphore semaphore = VK_NULL_HANDLE;
    REQUIRE(entry_vkCreateSemaphore(gpu.device, &info, nullptr, &semaphore) == VK_SUCCESS);
    const std::shared_ptr<SharedPayload> payload = SharedPayload::make(PayloadKind::Binary);
    object_of<Semaphore>(semaphore).temporary = SharedSemaphore::make(device, payload);
    {
        Relay::Room room(device.relay);
        REQUIRE(room.try_reserve(1));
        FilteredWait wait = take_wait(semaphore, 0);
        CHECK(wait.sent);
        // It happens before the submit is posted, and the relay is through with it.
        payload->signal();
        device.relay.step();
        context_of(gpu.device).publish_all();
        CHECK(gpu.host.count(wire::Command::vkSignalSemaphore) == 1);
        CHECK(gpu.host.count(wire::Command::vkDestroySemaphore) == 0);
    }
    entry_vkDestroySemaphore(gpu.device, semaphore, nullptr);
    context_of(gpu.device).publish_all();
    CHECK(gpu.host.count(wire::Command::vkDestroySemaphore) == 2);
}

TEST_CASE("without a status slot a timeline semaphore is out of memory, a binary one is made") {
    FakeDevice gpu;
    Context& context = context_of(gpu.device);
    std::vector<std::uint32_t> taken;
    while (const std::optional<std::uint32_t> slot = context.take_status_slot())
        taken.push_back(*slot);
    VkSemaphore semaphore = VK_NULL_HANDLE;
    CHECK(create_timeline(gpu.device, 0, semaphore) == VK_ERROR_OUT_OF_DEVICE_MEMORY);
    CHECK(semaphore == VK_NULL_HANDLE);
    const OwnSemaphore binary(gpu.device);
    CHECK(VkSemaphore(binary) != VK_NULL_HANDLE);
    for (const std::uint32_t slot : taken) context.give_status_slot(slot);
}

TEST_CASE("polling a counter finds out that the host is gone") {
    FakeDevice gpu;
    const OwnTimeline semaphore(gpu.device, 4);
    gpu.host.gone = true;
    std::uint64_t value = 0;
    VkResult result = VK_SUCCESS;
    for (int i = 0; i < 1000 && result == VK_SUCCESS; ++i)
        result = entry_vkGetSemaphoreCounterValue(gpu.device, semaphore, &value);
    CHECK(result == VK_ERROR_DEVICE_LOST);
    CHECK(wait(gpu.device, {semaphore}, {9}, 0, UINT64_MAX) == VK_ERROR_DEVICE_LOST);
    CHECK(signal(gpu.device, semaphore, 9) == VK_ERROR_DEVICE_LOST);
}

}  // namespace vgpu::icd::test
