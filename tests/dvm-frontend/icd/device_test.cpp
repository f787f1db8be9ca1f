#include "icd/device.h"

#include "entries.h"
#include "fake_gpu.h"
#include "icd/queue.h"
#include "tests/catch.h"

using namespace vgpu::icd;
using namespace vgpu;
using test::FakeDevice;
using test::FakeGpu;
using test::FakeInstance;

TEST_CASE("queues are found by family, index and flags") {
    FakeDevice opened;
    VkQueue first = VK_NULL_HANDLE, second = VK_NULL_HANDLE, protected_queue = VK_NULL_HANDLE;
    entry_vkGetDeviceQueue(opened.device, 0, 0, &first);
    entry_vkGetDeviceQueue(opened.device, 0, 1, &second);
    VkDeviceQueueInfo2 info{.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_INFO_2,
                            .flags = VK_DEVICE_QUEUE_CREATE_PROTECTED_BIT};
    entry_vkGetDeviceQueue2(opened.device, &info, &protected_queue);
    REQUIRE(first);
    REQUIRE(second);
    REQUIRE(protected_queue);
    CHECK(first != second);
    CHECK(protected_queue != first);
    CHECK(object_of<Queue>(protected_queue).flags == VK_DEVICE_QUEUE_CREATE_PROTECTED_BIT);

    VkQueue none = first;
    entry_vkGetDeviceQueue(opened.device, 0, 2, &none);
    CHECK(none == VK_NULL_HANDLE);
    entry_vkGetDeviceQueue(opened.device, 1, 0, &none);
    CHECK(none == VK_NULL_HANDLE);
    info.flags = 0;
    entry_vkGetDeviceQueue2(opened.device, &info, &none);
    CHECK(none == first);
}

TEST_CASE("every queue is opened once, with a status slot of its own") {
    FakeInstance opened;
    std::vector<std::uint32_t> slots;
    opened.host.on_post<wire::Args_vgpuOpenQueue>(
        [&](const auto& args) { slots.push_back(args.statusSlot); });
    const float priorities[] = {1, 1, 1};
    const VkDeviceQueueCreateInfo queues{
        VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO, nullptr, 0, 0, 3, priorities};
    const VkDeviceCreateInfo info{.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO,
                                  .queueCreateInfoCount = 1,
                                  .pQueueCreateInfos = &queues};
    VkDevice device = VK_NULL_HANDLE;
    REQUIRE(entry_vkCreateDevice(opened.gpu, &info, nullptr, &device) == VK_SUCCESS);
    entry_vkDestroyDevice(device, nullptr);
    REQUIRE(slots.size() == 3);
    CHECK(slots[0] != slots[1]);
    CHECK(slots[1] != slots[2]);
    CHECK(opened.host.count(wire::Command::vkDestroyDevice) == 1);
}

TEST_CASE("devices that come and go do not use up status slots") {
    FakeInstance opened;
    const float priority = 1;
    const VkDeviceQueueCreateInfo queue{
        VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO, nullptr, 0, 0, 1, &priority};
    const VkDeviceCreateInfo info{.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO,
                                  .queueCreateInfoCount = 1,
                                  .pQueueCreateInfos = &queue};
    std::uint32_t highest = 0;
    opened.host.on_post<wire::Args_vgpuOpenQueue>(
        [&](const auto& args) { highest = std::max(highest, args.statusSlot); });
    for (int i = 0; i < 50; ++i) {
        VkDevice device = VK_NULL_HANDLE;
        REQUIRE(entry_vkCreateDevice(opened.gpu, &info, nullptr, &device) == VK_SUCCESS);
        entry_vkDestroyDevice(device, nullptr);
    }
    CHECK(highest < 4);
}

TEST_CASE("the host enables what it must know, and windows stay in the guest") {
    std::vector<std::string> told;
    bool features_crossed = false;
    FakeInstance opened;
    opened.host.on<wire::Args_vkCreateDevice, wire::Reply_vkCreateDevice>(
        [&](const auto& args, auto&) {
            for (std::uint32_t i = 0; i < args.pCreateInfo->enabledExtensionCount; ++i)
                told.push_back(args.pCreateInfo->ppEnabledExtensionNames[i]);
            features_crossed = args.pCreateInfo->pNext != nullptr;
        });
    const char* names[] = {VK_KHR_SWAPCHAIN_EXTENSION_NAME, VK_KHR_MAINTENANCE_4_EXTENSION_NAME,
                           VK_KHR_PRESENT_ID_EXTENSION_NAME, VK_KHR_PRESENT_WAIT_EXTENSION_NAME,
                           VK_EXT_SWAPCHAIN_MAINTENANCE_1_EXTENSION_NAME};
    VkPhysicalDevicePresentIdFeaturesKHR id{
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PRESENT_ID_FEATURES_KHR, .presentId = VK_TRUE};
    const VkDeviceCreateInfo info{.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO,
                                  .pNext = &id,
                                  .enabledExtensionCount = 5,
                                  .ppEnabledExtensionNames = names};
    VkDevice device = VK_NULL_HANDLE;
    REQUIRE(entry_vkCreateDevice(opened.gpu, &info, nullptr, &device) == VK_SUCCESS);
    CHECK(told == std::vector<std::string>{VK_KHR_MAINTENANCE_4_EXTENSION_NAME});
    CHECK_FALSE(features_crossed);
    CHECK(entry_vkGetDeviceProcAddr(device, "vkWaitForPresentKHR"));
    CHECK(entry_vkGetDeviceProcAddr(device, "vkReleaseSwapchainImagesEXT"));
    entry_vkDestroyDevice(device, nullptr);
}

TEST_CASE("an extension that was not offered makes no device") {
    FakeInstance opened;
    const char* names[] = {VK_EXT_EXTERNAL_MEMORY_DMA_BUF_EXTENSION_NAME};
    const VkDeviceCreateInfo info{.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO,
                                  .enabledExtensionCount = 1,
                                  .ppEnabledExtensionNames = names};
    VkDevice device = VK_NULL_HANDLE;
    CHECK(entry_vkCreateDevice(opened.gpu, &info, nullptr, &device) ==
          VK_ERROR_EXTENSION_NOT_PRESENT);
    CHECK(device == VK_NULL_HANDLE);
    CHECK(opened.host.count(wire::Command::vkCreateDevice) == 0);
}

TEST_CASE("a device that the host refuses leaves nothing behind") {
    FakeInstance opened;
    opened.host.on<wire::Args_vkCreateDevice, wire::Reply_vkCreateDevice>(
        [](const auto&, auto& reply) { reply.result = VK_ERROR_FEATURE_NOT_PRESENT; });
    const VkDeviceCreateInfo info{.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO};
    VkDevice device = VK_NULL_HANDLE;
    CHECK(entry_vkCreateDevice(opened.gpu, &info, nullptr, &device) ==
          VK_ERROR_FEATURE_NOT_PRESENT);
    CHECK(device == VK_NULL_HANDLE);
    CHECK(opened.host.count(wire::Command::vgpuOpenQueue) == 0);
}

TEST_CASE("a device offers core commands and those of its extensions only") {
    FakeDevice opened({}, {VK_KHR_SWAPCHAIN_EXTENSION_NAME});
    const auto find = [&](const char* name) {
        return entry_vkGetDeviceProcAddr(opened.device, name) != nullptr;
    };
    CHECK(find("vkCmdDraw"));
    CHECK(find("vkGetDeviceProcAddr"));
    CHECK(find("vkQueuePresentKHR"));
    CHECK(find("vkGetDeviceGroupPresentCapabilitiesKHR"));
    CHECK_FALSE(find("vkCmdBeginConditionalRenderingEXT"));  // not enabled
    CHECK_FALSE(find("vkBindBufferMemory2KHR"));
    CHECK_FALSE(find("vkGetPhysicalDeviceProperties"));  // not a device's
    CHECK_FALSE(find("vkDestroyInstance"));
    CHECK_FALSE(find("vkUnheardOf"));
}

TEST_CASE("a device offers no command of a version that it has not or was not asked for") {
    FakeGpu older;
    older.properties.apiVersion = VK_API_VERSION_1_2;
    FakeDevice opened(older);
    const auto find = [&](const char* name) {
        return entry_vkGetDeviceProcAddr(opened.device, name) != nullptr;
    };
    // The instance was made without an application's version, which means 1.0.
    CHECK(find("vkQueueSubmit"));
    CHECK_FALSE(find("vkBindBufferMemory2"));
    std::uint32_t& asked = object_of<Instance>(opened.instance).api_version;
    asked = VK_MAKE_API_VERSION(0, 1, 1, 231);
    CHECK(find("vkBindBufferMemory2"));
    CHECK_FALSE(find("vkWaitSemaphores"));
    asked = VK_API_VERSION_1_3;
    CHECK(find("vkWaitSemaphores"));
    CHECK_FALSE(find("vkQueueSubmit2"));
}

TEST_CASE("a device dies quietly after its worker") {
    FakeDevice opened;
    opened.host.gone = true;
    context_of(opened.device).mark_lost();
    const VkDeviceCreateInfo info{.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO};
    VkDevice second = VK_NULL_HANDLE;
    CHECK(entry_vkCreateDevice(opened.gpu, &info, nullptr, &second) == VK_ERROR_DEVICE_LOST);
}
