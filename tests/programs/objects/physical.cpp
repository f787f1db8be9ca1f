// Asks a physical device everything that core Vulkan lets one ask, but for formats.
#include <algorithm>
#include <cstdint>

#include "common/error.h"
#include "fields.h"
#include "objects/parts.h"

namespace vgpu::programs {

namespace {

template <typename T>
void report_fields(const Stage& stage, const std::string& name, const T& value) {
    Hash hash;
    add_fields(hash, value);
    stage.report.hash(name, hash);
}

void extensions(const Stage& stage) {
    std::uint32_t count = 0;
    check(vkEnumerateDeviceExtensionProperties(stage.gpu.physical(), nullptr, &count, nullptr));
    std::vector<VkExtensionProperties> list(count);
    check(vkEnumerateDeviceExtensionProperties(stage.gpu.physical(), nullptr, &count, list.data()));
    std::vector<std::string> names;
    for (const auto& extension : list)
        names.push_back(extension.extensionName + std::string(" ") +
                        std::to_string(extension.specVersion));
    std::sort(names.begin(), names.end());
    Hash hash;
    for (const std::string& name : names) hash.add(std::string_view(name));
    stage.report.hash("device_extensions", hash);
    if (count < 2) return;
    std::uint32_t fewer = 1;
    stage.report.check(vkEnumerateDeviceExtensionProperties(stage.gpu.physical(), nullptr, &fewer,
                                                            list.data()) == VK_INCOMPLETE &&
                           fewer == 1,
                       "An array that is too small is said to be incomplete.");
}

void memory_properties(const Stage& stage) {
    VkPhysicalDeviceMemoryProperties2 both{VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MEMORY_PROPERTIES_2};
    vkGetPhysicalDeviceMemoryProperties2(stage.gpu.physical(), &both);
    VkPhysicalDeviceMemoryProperties plain{};
    vkGetPhysicalDeviceMemoryProperties(stage.gpu.physical(), &plain);
    const auto hash_of = [](const VkPhysicalDeviceMemoryProperties& properties) {
        Hash hash;
        for (std::uint32_t i = 0; i < properties.memoryTypeCount; ++i)
            add_fields(hash, properties.memoryTypes[i]);
        for (std::uint32_t i = 0; i < properties.memoryHeapCount; ++i)
            add_fields(hash, properties.memoryHeaps[i]);
        return hash;
    };
    stage.report.hash("memory_properties", hash_of(plain));
    stage.report.check(hash_of(plain).value() == hash_of(both.memoryProperties).value(),
                       "Both calls describe the same memory.");
}

void queue_families(const Stage& stage) {
    std::uint32_t count = 0;
    vkGetPhysicalDeviceQueueFamilyProperties2(stage.gpu.physical(), &count, nullptr);
    std::vector<VkQueueFamilyProperties2> families(count,
                                                   {VK_STRUCTURE_TYPE_QUEUE_FAMILY_PROPERTIES_2});
    vkGetPhysicalDeviceQueueFamilyProperties2(stage.gpu.physical(), &count, families.data());
    Hash hash;
    for (const auto& family : families) add_fields(hash, family.queueFamilyProperties);
    stage.report.hash("queue_families", hash);
}

void external_buffers(const Stage& stage) {
    Hash hash;
    for (std::uint32_t handle = 1; handle <= VK_EXTERNAL_MEMORY_HANDLE_TYPE_D3D12_RESOURCE_BIT;
         handle *= 2) {
        VkPhysicalDeviceExternalBufferInfo info{
            VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_EXTERNAL_BUFFER_INFO};
        info.usage = VK_BUFFER_USAGE_STORAGE_BUFFER_BIT;
        info.handleType = static_cast<VkExternalMemoryHandleTypeFlagBits>(handle);
        VkExternalBufferProperties properties{VK_STRUCTURE_TYPE_EXTERNAL_BUFFER_PROPERTIES};
        vkGetPhysicalDeviceExternalBufferProperties(stage.gpu.physical(), &info, &properties);
        add_fields(hash, properties.externalMemoryProperties);
    }
    stage.report.hash("external_buffers", hash);
}

void external_synchronization(const Stage& stage) {
    Hash fences, semaphores;
    for (std::uint32_t handle = 1; handle <= VK_EXTERNAL_FENCE_HANDLE_TYPE_SYNC_FD_BIT;
         handle *= 2) {
        VkPhysicalDeviceExternalFenceInfo fence{
            VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_EXTERNAL_FENCE_INFO};
        fence.handleType = static_cast<VkExternalFenceHandleTypeFlagBits>(handle);
        VkExternalFenceProperties fence_properties{VK_STRUCTURE_TYPE_EXTERNAL_FENCE_PROPERTIES};
        vkGetPhysicalDeviceExternalFenceProperties(stage.gpu.physical(), &fence, &fence_properties);
        add_fields(fences, fence_properties);
        VkPhysicalDeviceExternalSemaphoreInfo semaphore{
            VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_EXTERNAL_SEMAPHORE_INFO};
        semaphore.handleType = static_cast<VkExternalSemaphoreHandleTypeFlagBits>(handle);
        VkExternalSemaphoreProperties semaphore_properties{
            VK_STRUCTURE_TYPE_EXTERNAL_SEMAPHORE_PROPERTIES};
        vkGetPhysicalDeviceExternalSemaphoreProperties(stage.gpu.physical(), &semaphore,
                                                       &semaphore_properties);
        add_fields(semaphores, semaphore_properties);
    }
    stage.report.hash("external_fences", fences);
    stage.report.hash("external_semaphores", semaphores);
}

// The layers of one run need not be those of the other, so the tools are asked for, not compared.
void tools(const Stage& stage) {
    if (stage.gpu.api_version() < VK_API_VERSION_1_3) return;
    std::uint32_t count = 0;
    check(vkGetPhysicalDeviceToolProperties(stage.gpu.physical(), &count, nullptr));
    std::vector<VkPhysicalDeviceToolProperties> list(
        count, {VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_TOOL_PROPERTIES});
    check(vkGetPhysicalDeviceToolProperties(stage.gpu.physical(), &count, list.data()));
}

}  // namespace

void physical(const Stage& stage) {
    VkPhysicalDeviceProperties properties{};
    vkGetPhysicalDeviceProperties(stage.gpu.physical(), &properties);
    report_fields(stage, "properties", properties);
    VkPhysicalDeviceFeatures features{};
    vkGetPhysicalDeviceFeatures(stage.gpu.physical(), &features);
    report_fields(stage, "features", features);
    stage.report.value("device_name", properties.deviceName);
    extensions(stage);
    memory_properties(stage);
    queue_families(stage);
    external_buffers(stage);
    external_synchronization(stage);
    tools(stage);
}

}  // namespace vgpu::programs
