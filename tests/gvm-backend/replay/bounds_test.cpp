// What a guest could take more of than it was given: threads, memory, objects, patience.
#include "extensions.h"
#include "replay/device.h"
#include "tests/catch.h"
#include "tests/gvm-backend/replay/replay_harness.h"
#include "wire/hidden.h"

using namespace vgpu;
using namespace vgpu::replay;
using wire::make_id;

TEST_CASE("a queue is opened once, so that its threads are as many as the device's queues") {
    ReplayHarness guest;
    guest.make_all();
    CHECK(guest.open_queue(make_id(4, 1)) == wire::Violation::None);
    CHECK(guest.open_queue(make_id(5, 1)) == wire::Violation::BadArgument);
    CHECK(guest.services.loss == "The guest opens a queue twice.");
}

TEST_CASE("a device with queues that the GPU does not have is refused before the driver is asked") {
    ReplayHarness guest;
    guest.make_instance();
    CHECK(guest.make_device(make_id(3, 1), 1, 1000) == wire::Violation::None);
    CHECK(guest.result == VK_ERROR_INITIALIZATION_FAILED);
    CHECK(guest.make_device(make_id(3, 1), 10000) == wire::Violation::None);
    CHECK(guest.result == VK_ERROR_INITIALIZATION_FAILED);
    CHECK(guest.make_device(make_id(3, 1)) == wire::Violation::None);
    CHECK(guest.result == VK_SUCCESS);
}

TEST_CASE("features of chosen addresses are refused, whichever structure asks for them") {
    ReplayHarness guest;
    guest.make_instance();
    VkPhysicalDeviceVulkan12Features core{};
    core.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES;
    VkPhysicalDeviceBufferDeviceAddressFeatures alone{};
    alone.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_BUFFER_DEVICE_ADDRESS_FEATURES;
    core.bufferDeviceAddress = alone.bufferDeviceAddress = VK_TRUE;
    core.bufferDeviceAddressCaptureReplay = alone.bufferDeviceAddressCaptureReplay = VK_TRUE;
    VkPhysicalDeviceBufferDeviceAddressFeaturesEXT old{};
    old.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_BUFFER_DEVICE_ADDRESS_FEATURES_EXT;
    old.bufferDeviceAddressCaptureReplay = VK_TRUE;
    VkDeviceCreateInfo info{};
    info.pNext = &old;
    CHECK(wire::asks_for_hidden(info.pNext));
    for (const void* features : {static_cast<void*>(&core), static_cast<void*>(&alone)}) {
        info.pNext = features;
        CHECK(wire::asks_for_hidden(info.pNext));
        CHECK(guest.make_device(make_id(3, 1), 1, 0, features) == wire::Violation::None);
        CHECK(guest.result == VK_ERROR_FEATURE_NOT_PRESENT);
    }
    core.bufferDeviceAddressCaptureReplay = VK_FALSE;
    CHECK(guest.make_device(make_id(3, 1), 1, 0, &core) == wire::Violation::None);
    CHECK(guest.result == VK_SUCCESS);
}

TEST_CASE("a queue family shows nothing that a guest cannot use") {
    ReplayHarness guest;
    guest.make_instance();
    Replay& replay = dynamic_cast<Replay&>(*guest.sink);
    constexpr VkQueueFlags kUsable = VK_QUEUE_GRAPHICS_BIT | VK_QUEUE_SPARSE_BINDING_BIT;
    constexpr VkQueueFlags kRefused = 0x200 | 0x400;  // of extensions that no registry here has
    VkQueueFamilyProperties family{};
    VkQueueFamilyProperties2 family2{};
    family.queueFlags = family2.queueFamilyProperties.queueFlags = kUsable | kRefused;
    replay.amend_queue_families(VK_NULL_HANDLE, std::span(&family, 1));
    replay.amend_queue_families(VK_NULL_HANDLE, std::span(&family2, 1));
    CHECK(family.queueFlags == kUsable);
    CHECK(family2.queueFamilyProperties.queueFlags == kUsable);
    // Video decoding and encoding are shown where their extensions are carried.
    CHECK(shown_queue_flags(0x20) ==
          (wire::find_extension("VK_KHR_video_decode_queue") ? 0x20u : 0u));
    CHECK(shown_queue_flags(0x40) ==
          (wire::find_extension("VK_KHR_video_encode_queue") ? 0x40u : 0u));
}

TEST_CASE("devices are bounded, and a destroyed one makes room") {
    ReplayHarness guest;
    guest.make_instance();
    std::uint32_t made = 0;
    for (; made < 100; ++made) {
        REQUIRE(guest.make_device(make_id(10 + made, 1)) == wire::Violation::None);
        if (guest.result != VK_SUCCESS) break;
    }
    CHECK(guest.result == VK_ERROR_TOO_MANY_OBJECTS);
    CHECK(made == 64);
    guest.must_run(wire::Args_vkDestroyDevice{.device = guest.object<VkDevice>(make_id(10, 1))});
    CHECK(guest.make_device(make_id(10, 2)) == wire::Violation::None);
    CHECK(guest.result == VK_SUCCESS);
}

TEST_CASE("a small allocation is charged for the page that it takes") {
    ReplayHarness guest;
    guest.services.host_options.memory_limit_bytes = 3 * 4096;
    guest.services.regions[1] = std::make_shared<worker::FakeRegion>(4096);
    guest.make_all();
    for (std::uint32_t i = 0; i < 3; ++i) {
        REQUIRE(guest.allocate(make_id(10 + i, 1), 1, i % 2) == wire::Violation::None);
        CHECK(guest.result == VK_SUCCESS);
    }
    CHECK(guest.allocate(make_id(13, 1), 1, 0) == wire::Violation::None);
    CHECK(guest.result == VK_ERROR_OUT_OF_DEVICE_MEMORY);
    guest.must_run(wire::Args_vkFreeMemory{.device = guest.device,
                                           .memory = guest.object<VkDeviceMemory>(make_id(10, 1))});
    CHECK(guest.allocate(make_id(13, 1), 4096, 0) == wire::Violation::None);
    CHECK(guest.result == VK_SUCCESS);
}

TEST_CASE("sizes that no memory has are out of memory, and leave no object behind") {
    ReplayHarness guest;
    guest.services.host_options.memory_limit_bytes = ~std::uint64_t{0};
    guest.services.regions[1] = std::make_shared<worker::FakeRegion>(4096);
    guest.make_all();
    for (const std::uint64_t bytes : {std::uint64_t{0}, ~std::uint64_t{0}, ~std::uint64_t{4094}}) {
        for (const transport::RegionId region : {0u, 1u}) {
            CHECK(guest.allocate(make_id(10, 1), bytes, region) == wire::Violation::None);
            CHECK(guest.result == VK_ERROR_OUT_OF_DEVICE_MEMORY);
        }
    }
    CHECK(guest.run(wire::Args_vkFreeMemory{
              .device = guest.device, .memory = guest.object<VkDeviceMemory>(make_id(10, 1))}) ==
          wire::Violation::UnknownHandle);
    CHECK(guest.services.charged == 0);
}

namespace {

// A submission that waits for the timeline (20, 1) to reach 1.
void submit_what_waits(ReplayHarness& guest) {
    VkSemaphoreTypeCreateInfo type{};
    type.sType = VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO;
    type.semaphoreType = VK_SEMAPHORE_TYPE_TIMELINE;
    VkSemaphoreCreateInfo info{};
    info.sType = VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO;
    info.pNext = &type;
    guest.must_run(wire::Args_vkCreateSemaphore{
        .device = guest.device, .pCreateInfo = &info, .pSemaphore = make_id(20, 1)});
    const auto semaphore = guest.object<VkSemaphore>(make_id(20, 1));
    const std::uint64_t value = 1;
    const VkPipelineStageFlags stage = VK_PIPELINE_STAGE_ALL_COMMANDS_BIT;
    VkTimelineSemaphoreSubmitInfo values{};
    values.sType = VK_STRUCTURE_TYPE_TIMELINE_SEMAPHORE_SUBMIT_INFO;
    values.waitSemaphoreValueCount = 1;
    values.pWaitSemaphoreValues = &value;
    VkSubmitInfo submit{};
    submit.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO;
    submit.pNext = &values;
    submit.waitSemaphoreCount = 1;
    submit.pWaitSemaphores = &semaphore;
    submit.pWaitDstStageMask = &stage;
    const VgpuStatusWrite told{.batch = 0, .slot = 7, .value = 1};
    guest.must_run(wire::Args_vgpuQueueSubmit{.queue = guest.object<VkQueue>(make_id(4, 1)),
                                              .submitCount = 1,
                                              .pSubmits = &submit,
                                              .statusWriteCount = 1,
                                              .pStatusWrites = &told});
}

void signal(ReplayHarness& guest) {
    VkSemaphoreSignalInfo info{};
    info.sType = VK_STRUCTURE_TYPE_SEMAPHORE_SIGNAL_INFO;
    info.semaphore = guest.object<VkSemaphore>(make_id(20, 1));
    info.value = 1;
    guest.run(wire::Args_vkSignalSemaphore{.device = guest.device, .pSignalInfo = &info});
}

wire::Violation make_and_destroy_buffer(ReplayHarness& guest, std::uint32_t generation) {
    VkBufferCreateInfo info{};
    info.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO;
    info.size = 64;
    info.usage = VK_BUFFER_USAGE_TRANSFER_DST_BIT;
    const wire::Violation made = guest.run(wire::Args_vkCreateBuffer{
        .device = guest.device, .pCreateInfo = &info, .pBuffer = make_id(30, generation)});
    if (made != wire::Violation::None) return made;
    return guest.run(wire::Args_vkDestroyBuffer{
        .device = guest.device, .buffer = guest.object<VkBuffer>(make_id(30, generation))});
}

// Timelines are a feature of Vulkan 1.2 that the device must ask for; drivers here need no asking.
void begin_what_waits(ReplayHarness& guest) {
    guest.make_all();
    REQUIRE(guest.open_queue(make_id(4, 1)) == wire::Violation::None);
    submit_what_waits(guest);
}

}  // namespace

TEST_CASE("objects that are destroyed under an endless submission count against the limit") {
    ReplayHarness guest;
    guest.services.host_options.objects_max = 100;
    guest.context = make_context_replay(guest.services);
    guest.sink = guest.context->sink_for_channel();
    begin_what_waits(guest);
    std::uint32_t generation = 1;
    while (generation < 1000 && make_and_destroy_buffer(guest, generation) == wire::Violation::None)
        ++generation;
    CHECK(generation == 101);
    CHECK(guest.services.lost_reason == ring::LostReason::LimitExceeded);
    signal(guest);
    guest.run(wire::Args_vkDestroyDevice{.device = guest.device});
}

TEST_CASE("memory that was freed under a submission can be had again when that is complete") {
    ReplayHarness guest;
    guest.services.host_options.memory_limit_bytes = 4096;
    begin_what_waits(guest);
    REQUIRE(guest.allocate(make_id(10, 1), 4096, 0) == wire::Violation::None);
    REQUIRE(guest.result == VK_SUCCESS);
    guest.must_run(wire::Args_vkFreeMemory{.device = guest.device,
                                           .memory = guest.object<VkDeviceMemory>(make_id(10, 1))});
    CHECK(guest.allocate(make_id(11, 1), 4096, 0) == wire::Violation::None);
    CHECK(guest.result == VK_ERROR_OUT_OF_DEVICE_MEMORY);
    signal(guest);
    guest.services.wait_for_slot(7, 1);
    CHECK(guest.allocate(make_id(11, 1), 4096, 0) == wire::Violation::None);
    CHECK(guest.result == VK_SUCCESS);
    guest.run(wire::Args_vkDestroyDevice{.device = guest.device});
}
