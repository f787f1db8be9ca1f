// Submissions' ends reach the status slots, in order and at once.
#include "worker/completion.h"

#include <sys/resource.h>

#include <chrono>

#include "tests/catch.h"
#include "tests/gvm-backend/worker/fakes.h"
#include "tests/gvm-backend/worker/gpu_fixture.h"

using namespace vgpu::worker;

namespace {

// The last fence that a queue was given holds back a batch until the test lets it go.
class Gate {
  public:
    explicit Gate(GpuFixture& gpu) : gpu_(gpu) {
        VkEventCreateInfo info{};
        info.sType = VK_STRUCTURE_TYPE_EVENT_CREATE_INFO;
        must(vkCreateEvent(gpu.device, &info, nullptr, &event_), "vkCreateEvent");
        commands = gpu.record([&](VkCommandBuffer buffer) {
            vkCmdWaitEvents(buffer, 1, &event_, VK_PIPELINE_STAGE_HOST_BIT,
                            VK_PIPELINE_STAGE_ALL_COMMANDS_BIT, 0, nullptr, 0, nullptr, 0, nullptr);
        });
    }
    ~Gate() { vkDestroyEvent(gpu_.device, event_, nullptr); }
    void open() { must(vkSetEvent(gpu_.device, event_), "vkSetEvent"); }
    VkCommandBuffer commands;

  private:
    GpuFixture& gpu_;
    VkEvent event_ = VK_NULL_HANDLE;
};

void submit(GpuFixture& gpu, CompletionQueue& queue, VkCommandBuffer commands, StatusWrites writes,
            TimelineSignals signals = {}) {
    VkFence fence;
    must(queue.take_fence(fence), "take_fence");
    gpu.submit(commands, fence);
    queue.submitted(fence, std::move(writes), std::move(signals));
}

// The slot was written for each submission, in their order.
void check_each_once(FakeServices& services, std::uint32_t slot, std::uint64_t count) {
    std::lock_guard lock(services.mutex);
    std::uint64_t next = 0;
    for (const StatusWrite& write : services.written)
        if (write.slot == slot) REQUIRE(write.value == ++next);
    REQUIRE(next == count);
}

}  // namespace

TEST_CASE("a submission may write many slots") {
    GpuFixture gpu;
    FakeServices services;
    CompletionQueue queue(gpu.device, services, nullptr);
    StatusWrites writes;
    for (std::uint32_t slot = 1; slot <= 9; ++slot) writes.push_back({slot, 100 + slot});
    submit(gpu, queue, VK_NULL_HANDLE, writes);
    queue.drain();
    for (std::uint32_t slot = 1; slot <= 9; ++slot) CHECK(services.slot(slot) == 100 + slot);
}

TEST_CASE("each submission's slots are written when it is complete, in order") {
    GpuFixture gpu;
    FakeServices services;
    CompletionQueue queue(gpu.device, services, nullptr);
    for (int i = 1; i <= 500; ++i) {
        submit(gpu, queue, VK_NULL_HANDLE,
               {{7, static_cast<std::uint64_t>(i)}, {8, static_cast<std::uint64_t>(2 * i)}});
    }
    queue.drain();
    CHECK(services.slot(7) == 500);
    CHECK(services.slot(8) == 1000);
    check_each_once(services, 7, 500);
    CHECK(queue.submitted_count() == 500);
    CHECK(queue.completed_count() == 500);
}

TEST_CASE("a slot is not written before its batch is complete") {
    GpuFixture gpu;
    Gate gate(gpu);
    FakeServices services;
    CompletionQueue queue(gpu.device, services, nullptr);
    submit(gpu, queue, gate.commands, {{1, 10}});
    submit(gpu, queue, VK_NULL_HANDLE, {{1, 11}});
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    CHECK(services.slot(1) == 0);
    gate.open();
    services.wait_for_slot(1, 11);
    CHECK(services.slot(1) == 11);
}

TEST_CASE("fences are used again") {
    GpuFixture gpu;
    FakeServices services;
    CompletionQueue queue(gpu.device, services, nullptr);
    submit(gpu, queue, VK_NULL_HANDLE, {});
    queue.drain();
    VkFence first;
    VkFence again;
    must(queue.take_fence(first), "take_fence");
    CHECK(vkGetFenceStatus(gpu.device, first) == VK_NOT_READY);
    queue.give_back(first);
    must(queue.take_fence(again), "take_fence");
    CHECK(again == first);
    queue.give_back(again);
}

TEST_CASE("the end of a queue waits for what was submitted") {
    GpuFixture gpu;
    Gate gate(gpu);
    FakeServices services;
    std::thread opener;
    {
        CompletionQueue queue(gpu.device, services, nullptr);
        submit(gpu, queue, gate.commands, {{2, 1}});
        opener = std::thread([&] {
            std::this_thread::sleep_for(std::chrono::milliseconds(30));
            gate.open();
        });
    }
    opener.join();
    CHECK(services.slot(2) == 1);
}

namespace {

// With a watch, as a channel's thread keeps it.
struct WatchedServices : FakeServices {
    CompletionWatch& completion_watch() override { return on; }
    CompletionWatch on{true};
};

}  // namespace

TEST_CASE("a watched submission is told by whoever looks, and by nobody else") {
    GpuFixture gpu;
    WatchedServices services;
    CompletionQueue queue(gpu.device, services, nullptr);
    // The completion thread tells of what comes before it sleeps for the first time.
    std::uint64_t told = 0;
    const auto is_left_alone = [&] {
        submit(gpu, queue, VK_NULL_HANDLE, {{1, told + 1}});
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        return services.slot(1) == told;
    };
    while (!is_left_alone()) REQUIRE(++told < 100);
    services.on.look();
    CHECK(services.slot(1) == told + 1);
    CHECK(queue.completed_count() == told + 1);
}

TEST_CASE("what a channel's thread hands over before it blocks is told by the completion thread") {
    GpuFixture gpu;
    Gate gate(gpu);
    WatchedServices services;
    CompletionQueue queue(gpu.device, services, nullptr);
    submit(gpu, queue, gate.commands, {{1, 1}});
    services.on.look();
    services.on.hand_over();
    // Submitted while the thread waits already: nobody need be told.
    submit(gpu, queue, VK_NULL_HANDLE, {{1, 2}});
    gate.open();
    services.wait_for_slot(1, 2);
    CHECK(services.slot(1) == 2);
}

TEST_CASE("a submission that takes long is handed over by a look") {
    GpuFixture gpu;
    Gate gate(gpu);
    WatchedServices services;
    CompletionQueue queue(gpu.device, services, nullptr);
    submit(gpu, queue, gate.commands, {{1, 1}});
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    services.on.look();
    gate.open();
    services.wait_for_slot(1, 1);
    CHECK(services.slot(1) == 1);
}

TEST_CASE("watched submissions of several threads' looks are told in order, each once") {
    GpuFixture gpu;
    WatchedServices services;
    CompletionQueue queue(gpu.device, services, nullptr);
    std::atomic<bool> over{false};
    std::vector<std::thread> lookers;
    for (int i = 0; i < 2; ++i)
        lookers.emplace_back([&] {
            while (!over.load()) {
                services.on.look();
                std::this_thread::yield();
            }
        });
    for (int i = 1; i <= 500; ++i) {
        submit(gpu, queue, VK_NULL_HANDLE, {{7, static_cast<std::uint64_t>(i)}});
        if (i % 50 == 0) services.on.hand_over();
    }
    queue.drain();
    over.store(true);
    for (std::thread& looker : lookers) looker.join();
    check_each_once(services, 7, 500);
}

TEST_CASE("the guest is told only when the timelines have their values") {
    VkPhysicalDeviceTimelineSemaphoreFeatures timelines{};
    timelines.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_TIMELINE_SEMAPHORE_FEATURES;
    timelines.timelineSemaphore = VK_TRUE;
    GpuFixture gpu({VK_KHR_TIMELINE_SEMAPHORE_EXTENSION_NAME}, &timelines);
    FakeServices services;
    CompletionQueue queue(gpu.device, services, nullptr);
    VkSemaphoreTypeCreateInfo type{};
    type.sType = VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO;
    type.semaphoreType = VK_SEMAPHORE_TYPE_TIMELINE;
    VkSemaphoreCreateInfo info{};
    info.sType = VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO;
    info.pNext = &type;
    VkSemaphore timeline;
    must(vkCreateSemaphore(gpu.device, &info, nullptr, &timeline), "vkCreateSemaphore");
    const auto wait = reinterpret_cast<PFN_vkWaitSemaphores>(
        vkGetDeviceProcAddr(gpu.device, "vkWaitSemaphoresKHR"));
    const auto signal = reinterpret_cast<PFN_vkSignalSemaphore>(
        vkGetDeviceProcAddr(gpu.device, "vkSignalSemaphoreKHR"));
    submit(gpu, queue, VK_NULL_HANDLE, {{1, 5}}, {wait, {timeline}, {3}});
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    CHECK(services.slot(1) == 0);
    VkSemaphoreSignalInfo value{};
    value.sType = VK_STRUCTURE_TYPE_SEMAPHORE_SIGNAL_INFO;
    value.semaphore = timeline;
    value.value = 3;
    must(signal(gpu.device, &value), "vkSignalSemaphore");
    services.wait_for_slot(1, 5);
    queue.drain();
    vkDestroySemaphore(gpu.device, timeline, nullptr);
}

TEST_CASE("an idle queue does not wake up") {
    GpuFixture gpu;
    FakeServices services;
    CompletionQueue queue(gpu.device, services, nullptr);
    submit(gpu, queue, VK_NULL_HANDLE, {{1, 1}});
    queue.drain();
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    rusage before;
    rusage after;
    ::getrusage(RUSAGE_SELF, &before);
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    ::getrusage(RUSAGE_SELF, &after);
    // One for this thread's own sleep; a poll of any kind would make many. ThreadSanitizer has a
    // thread of its own, which polls.
#ifdef __SANITIZE_THREAD__
    constexpr long kMost = 20;
#else
    constexpr long kMost = 3;
#endif
    CHECK(after.ru_nvcsw - before.ru_nvcsw <= kMost);
}
