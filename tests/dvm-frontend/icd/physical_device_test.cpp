#include "icd/physical_device.h"

#include <cstring>
#include <string>

#include "entries.h"
#include "fake_gpu.h"
#include "tests/catch.h"
#include "wire/chain.h"

using namespace vgpu::icd;
using namespace vgpu;
using test::FakeGpu;
using test::FakeInstance;

namespace {

std::string driver_info(const std::string& host) {
    FakeGpu gpu;
    gpu.driver_info = host;
    FakeInstance opened(gpu);
    VkPhysicalDeviceDriverProperties driver{
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DRIVER_PROPERTIES};
    VkPhysicalDeviceProperties2 properties{.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2,
                                           .pNext = &driver};
    entry_vkGetPhysicalDeviceProperties2(opened.gpu, &properties);
    return driver.driverInfo;
}

}  // namespace

TEST_CASE("what does not change is asked once") {
    FakeInstance opened;
    for (int i = 0; i < 3; ++i) {
        VkPhysicalDeviceProperties properties{};
        entry_vkGetPhysicalDeviceProperties(opened.gpu, &properties);
        CHECK(std::string(properties.deviceName) == "GPU of a test");
        VkPhysicalDeviceMemoryProperties memory{};
        entry_vkGetPhysicalDeviceMemoryProperties(opened.gpu, &memory);
        CHECK(memory.memoryTypeCount == 2);
        std::uint32_t count = 1;
        VkQueueFamilyProperties family{};
        entry_vkGetPhysicalDeviceQueueFamilyProperties(opened.gpu, &count, &family);
        CHECK(count == 1);
        CHECK(family.queueCount == 4);
    }
    CHECK(opened.host.count(wire::Command::vkGetPhysicalDeviceProperties) == 1);
    CHECK(opened.host.count(wire::Command::vkGetPhysicalDeviceMemoryProperties) == 1);
    CHECK(opened.host.count(wire::Command::vkGetPhysicalDeviceQueueFamilyProperties) == 2);
}

TEST_CASE("a version above this build's registry is not shown") {
    FakeGpu gpu;
    gpu.properties.apiVersion = VK_MAKE_API_VERSION(0, 1, 99, 5);
    FakeInstance opened(gpu);
    VkPhysicalDeviceProperties2 properties{.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2};
    entry_vkGetPhysicalDeviceProperties2(opened.gpu, &properties);
    CHECK(properties.properties.apiVersion == VK_HEADER_VERSION_COMPLETE);
}

TEST_CASE("driverInfo ends with the way that leads to the driver") {
    CHECK(driver_info("Mesa 1") == "Mesa 1 through xen-vgpu " VGPU_VERSION);
    CHECK(driver_info("") == " through xen-vgpu " VGPU_VERSION);
    const std::string cut = driver_info(std::string(VK_MAX_DRIVER_INFO_SIZE - 1, 'x'));
    CHECK(cut.size() == VK_MAX_DRIVER_INFO_SIZE - 1);
    CHECK(cut.substr(cut.size() - 23) == (" through xen-vgpu " VGPU_VERSION));
}

TEST_CASE("no layer has extensions, and a short array is incomplete") {
    FakeInstance opened;
    std::uint32_t count = 0;
    CHECK(entry_vkEnumerateDeviceExtensionProperties(opened.gpu, "VK_LAYER_x", &count, nullptr) ==
          VK_ERROR_LAYER_NOT_PRESENT);
    CHECK(entry_vkEnumerateDeviceExtensionProperties(opened.gpu, nullptr, &count, nullptr) ==
          VK_SUCCESS);
    REQUIRE(count >= 2);
    VkExtensionProperties one{};
    count = 1;
    CHECK(entry_vkEnumerateDeviceExtensionProperties(opened.gpu, nullptr, &count, &one) ==
          VK_INCOMPLETE);
}

TEST_CASE("an image is shared by opaque descriptors, if the host can, and by nothing else") {
    FakeInstance opened;
    VkPhysicalDeviceExternalImageFormatInfo external{
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_EXTERNAL_IMAGE_FORMAT_INFO,
        .handleType = VK_EXTERNAL_MEMORY_HANDLE_TYPE_DMA_BUF_BIT_EXT};
    VkPhysicalDeviceImageFormatInfo2 info{
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_IMAGE_FORMAT_INFO_2, .pNext = &external};
    VkExternalImageFormatProperties shared{
        .sType = VK_STRUCTURE_TYPE_EXTERNAL_IMAGE_FORMAT_PROPERTIES,
        .externalMemoryProperties = {7, 7, 7}};
    VkImageFormatProperties2 properties{.sType = VK_STRUCTURE_TYPE_IMAGE_FORMAT_PROPERTIES_2,
                                        .pNext = &shared};
    CHECK(entry_vkGetPhysicalDeviceImageFormatProperties2(opened.gpu, &info, &properties) ==
          VK_ERROR_FORMAT_NOT_SUPPORTED);
    CHECK(shared.externalMemoryProperties.externalMemoryFeatures == 0);
    CHECK(opened.host.count(wire::Command::vkGetPhysicalDeviceImageFormatProperties2) == 0);

    external.handleType = VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT;
    CHECK(entry_vkGetPhysicalDeviceImageFormatProperties2(opened.gpu, &info, &properties) ==
          VK_SUCCESS);
    CHECK(opened.host.count(wire::Command::vkGetPhysicalDeviceImageFormatProperties2) == 1);
}

namespace {

VkExternalSemaphoreFeatureFlags semaphore_features(VkPhysicalDevice gpu, VkSemaphoreType type,
                                                   VkExternalSemaphoreHandleTypeFlagBits handle) {
    const VkSemaphoreTypeCreateInfo kind{VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO, nullptr,
                                         type, 0};
    const VkPhysicalDeviceExternalSemaphoreInfo info{
        VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_EXTERNAL_SEMAPHORE_INFO, &kind, handle};
    VkExternalSemaphoreProperties semaphore{
        .sType = VK_STRUCTURE_TYPE_EXTERNAL_SEMAPHORE_PROPERTIES, .externalSemaphoreFeatures = 7};
    entry_vkGetPhysicalDeviceExternalSemaphoreProperties(gpu, &info, &semaphore);
    return semaphore.externalSemaphoreFeatures;
}

VkExternalMemoryFeatureFlags buffer_features(VkPhysicalDevice gpu, VkBufferCreateFlags flags,
                                             VkExternalMemoryHandleTypeFlagBits handle) {
    const VkPhysicalDeviceExternalBufferInfo info{
        VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_EXTERNAL_BUFFER_INFO, nullptr, flags,
        VK_BUFFER_USAGE_STORAGE_BUFFER_BIT, handle};
    VkExternalBufferProperties buffer{.sType = VK_STRUCTURE_TYPE_EXTERNAL_BUFFER_PROPERTIES,
                                      .externalMemoryProperties = {7, 7, 7}};
    entry_vkGetPhysicalDeviceExternalBufferProperties(gpu, &info, &buffer);
    return buffer.externalMemoryProperties.externalMemoryFeatures;
}

}  // namespace

TEST_CASE(
    "semaphores, fences and buffers are shared by the descriptors that can be, and no others") {
    FakeInstance opened;
    constexpr auto kBinary = VK_SEMAPHORE_TYPE_BINARY, kTimeline = VK_SEMAPHORE_TYPE_TIMELINE;
    constexpr auto kOpaque = VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_FD_BIT;
    constexpr auto kFile = VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_SYNC_FD_BIT;
    CHECK(semaphore_features(opened.gpu, kBinary, kOpaque) == 3);
    CHECK(semaphore_features(opened.gpu, kBinary, kFile) == 3);
    CHECK(semaphore_features(opened.gpu, kTimeline, kOpaque) == 3);
    CHECK(semaphore_features(opened.gpu, kTimeline, kFile) == 0);
    CHECK(semaphore_features(opened.gpu, kBinary,
                             VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_WIN32_BIT) == 0);
    CHECK(buffer_features(opened.gpu, 0, VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT) == 6);
    CHECK(buffer_features(opened.gpu, 0, VK_EXTERNAL_MEMORY_HANDLE_TYPE_DMA_BUF_BIT_EXT) == 0);
    CHECK(buffer_features(opened.gpu, VK_BUFFER_CREATE_SPARSE_BINDING_BIT,
                          VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT) == 0);
}

TEST_CASE("nothing is shared that the host cannot: no timelines, or no memory of guest pages") {
    FakeGpu gpu;
    gpu.properties.apiVersion = VK_API_VERSION_1_1;
    gpu.memory.memoryTypes[FakeGpu::kVisible].propertyFlags = 0;
    FakeInstance opened(gpu);
    CHECK(semaphore_features(opened.gpu, VK_SEMAPHORE_TYPE_BINARY,
                             VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_FD_BIT) == 0);
    CHECK(buffer_features(opened.gpu, 0, VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT) == 0);
    for (const VkExtensionProperties& one : object_of<PhysicalDevice>(opened.gpu).extensions) {
        const std::string name = one.extensionName;
        CHECK(name != VK_KHR_EXTERNAL_SEMAPHORE_FD_EXTENSION_NAME);
        CHECK(name != VK_KHR_EXTERNAL_MEMORY_FD_EXTENSION_NAME);
    }
}

TEST_CASE("a question on a lost context ends and says so") {
    FakeInstance opened;
    context_of(opened.instance).mark_lost();
    VkImageFormatProperties2 image{.sType = VK_STRUCTURE_TYPE_IMAGE_FORMAT_PROPERTIES_2};
    const VkPhysicalDeviceImageFormatInfo2 info{
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_IMAGE_FORMAT_INFO_2};
    CHECK(entry_vkGetPhysicalDeviceImageFormatProperties2(opened.gpu, &info, &image) ==
          VK_ERROR_DEVICE_LOST);
}

TEST_CASE("what a lost context cannot tell is zero, and chains stay linked") {
    FakeInstance opened;
    context_of(opened.instance).mark_lost();
    VkFormatProperties plain{1, 2, 3};
    entry_vkGetPhysicalDeviceFormatProperties(opened.gpu, VK_FORMAT_R8_UNORM, &plain);
    CHECK((plain.linearTilingFeatures | plain.optimalTilingFeatures | plain.bufferFeatures) == 0);
    VkFormatProperties3 chained{.sType = VK_STRUCTURE_TYPE_FORMAT_PROPERTIES_3};
    VkFormatProperties2 properties{VK_STRUCTURE_TYPE_FORMAT_PROPERTIES_2, &chained, {1, 2, 3}};
    entry_vkGetPhysicalDeviceFormatProperties2(opened.gpu, VK_FORMAT_R8_UNORM, &properties);
    CHECK(properties.formatProperties.optimalTilingFeatures == 0);
    CHECK(properties.sType == VK_STRUCTURE_TYPE_FORMAT_PROPERTIES_2);
    CHECK(properties.pNext == &chained);
}

TEST_CASE("addresses that are to be the same in another run are not offered") {
    FakeInstance opened;
    opened.host
        .on<wire::Args_vkGetPhysicalDeviceFeatures2, wire::Reply_vkGetPhysicalDeviceFeatures2>(
            [](const auto& args, auto& reply) {
                auto* vulkan12 = find_in_chain<VkPhysicalDeviceVulkan12Features>(
                    args.pFeatures->pNext, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES);
                auto* old = find_in_chain<VkPhysicalDeviceBufferDeviceAddressFeaturesEXT>(
                    args.pFeatures->pNext,
                    VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_BUFFER_DEVICE_ADDRESS_FEATURES_EXT);
                REQUIRE((vulkan12 && old));
                vulkan12->bufferDeviceAddress = old->bufferDeviceAddress = VK_TRUE;
                vulkan12->bufferDeviceAddressCaptureReplay = VK_TRUE;
                old->bufferDeviceAddressCaptureReplay = VK_TRUE;
                reply.pFeatures = args.pFeatures;
            });
    VkPhysicalDeviceBufferDeviceAddressFeaturesEXT old{
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_BUFFER_DEVICE_ADDRESS_FEATURES_EXT};
    VkPhysicalDeviceVulkan12Features vulkan12{
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES, .pNext = &old};
    VkPhysicalDeviceFeatures2 features{.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2,
                                       .pNext = &vulkan12};
    entry_vkGetPhysicalDeviceFeatures2(opened.gpu, &features);
    CHECK((vulkan12.bufferDeviceAddress && old.bufferDeviceAddress));
    CHECK_FALSE(
        (vulkan12.bufferDeviceAddressCaptureReplay || old.bufferDeviceAddressCaptureReplay));
}

TEST_CASE("windows' features are the guest's to tell, and the host is not asked for them") {
    FakeInstance opened;
    bool crossed = false;
    opened.host
        .on<wire::Args_vkGetPhysicalDeviceFeatures2, wire::Reply_vkGetPhysicalDeviceFeatures2>(
            [&](const auto& args, auto& reply) {
                crossed = args.pFeatures->pNext != nullptr;
                reply.pFeatures = args.pFeatures;
            });
    VkPhysicalDevicePresentIdFeaturesKHR id{
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PRESENT_ID_FEATURES_KHR};
    VkPhysicalDevicePresentWaitFeaturesKHR wait{
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PRESENT_WAIT_FEATURES_KHR, .pNext = &id};
    VkPhysicalDeviceSwapchainMaintenance1FeaturesEXT maintenance{
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SWAPCHAIN_MAINTENANCE_1_FEATURES_EXT,
        .pNext = &wait};
    VkPhysicalDeviceFeatures2 features{.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2,
                                       .pNext = &maintenance};
    entry_vkGetPhysicalDeviceFeatures2(opened.gpu, &features);
    CHECK((id.presentId && wait.presentWait && maintenance.swapchainMaintenance1));
    CHECK_FALSE(crossed);
}

TEST_CASE("no budget is larger than the heap that the guest is shown") {
    FakeInstance opened;
    opened.host.on<wire::Args_vkGetPhysicalDeviceMemoryProperties2,
                   wire::Reply_vkGetPhysicalDeviceMemoryProperties2>(
        [](const auto& args, auto& reply) {
            auto* budget = find_in_chain<VkPhysicalDeviceMemoryBudgetPropertiesEXT>(
                args.pMemoryProperties->pNext,
                VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MEMORY_BUDGET_PROPERTIES_EXT);
            REQUIRE(budget != nullptr);
            budget->heapBudget[0] = VkDeviceSize{1} << 40;
            budget->heapBudget[1] = 1000;
            reply.pMemoryProperties = args.pMemoryProperties;
        });
    VkPhysicalDeviceMemoryBudgetPropertiesEXT budget{
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MEMORY_BUDGET_PROPERTIES_EXT};
    VkPhysicalDeviceMemoryProperties2 properties{
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MEMORY_PROPERTIES_2, .pNext = &budget};
    entry_vkGetPhysicalDeviceMemoryProperties2(opened.gpu, &properties);
    CHECK(budget.heapBudget[0] == properties.memoryProperties.memoryHeaps[0].size);
    CHECK(budget.heapBudget[1] == 1000);
}
