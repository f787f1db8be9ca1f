// What Vulkan forbids, but programs do and drivers survive: unknown structs, impossible sizes.
#include <cstdint>
#include <cstring>

#include "common/commands.h"
#include "errors/parts.h"

namespace vgpu::programs {

namespace {

// A struct that no driver of today knows, full of what would crash who reads it.
struct UnknownStruct {
    VkStructureType sType = static_cast<VkStructureType>(1999999999);
    void* pNext = nullptr;
    std::uint64_t contents[6] = {~0ull, 0xdeadbeef0, ~0ull, 0xdeadbeef0, ~0ull, 1};
};

void unknown_in_creates(const Stage& stage) {
    const VkDevice device = stage.gpu.device();
    UnknownStruct second, first;
    first.pNext = &second;
    VkBufferCreateInfo buffer_info{VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO, &first};
    buffer_info.size = 64;
    buffer_info.usage = VK_BUFFER_USAGE_TRANSFER_DST_BIT;
    const Buffer buffer(device, buffer_info);
    const Fence fence(device, VkFenceCreateInfo{VK_STRUCTURE_TYPE_FENCE_CREATE_INFO, &first});
    const Sampler sampler(device,
                          VkSamplerCreateInfo{VK_STRUCTURE_TYPE_SAMPLER_CREATE_INFO, &first});
    VkMemoryAllocateInfo memory_info{VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO, &first, 4096};
    memory_info.memoryTypeIndex = stage.gpu.memory_type(~0u, VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT);
    const DeviceMemory memory(device, memory_info);
    // A known struct behind an unknown one still counts.
    VkSemaphoreTypeCreateInfo type{VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO};
    type.semaphoreType = VK_SEMAPHORE_TYPE_TIMELINE;
    type.initialValue = 17;
    second.pNext = &type;
    const Semaphore timeline(
        device, VkSemaphoreCreateInfo{VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO, &first});
    std::uint64_t value = 0;
    check(vkGetSemaphoreCounterValue(device, timeline, &value));
    stage.report.value("behind_unknown_struct", value);
    stage.report.check(value == 17, "A struct behind an unknown one is seen.");
}

void unknown_in_submits(const Stage& stage) {
    UnknownStruct unknown;
    const VkSubmitInfo submit{VK_STRUCTURE_TYPE_SUBMIT_INFO, &unknown};
    const Fence fence(stage.gpu.device(), VkFenceCreateInfo{VK_STRUCTURE_TYPE_FENCE_CREATE_INFO});
    check(vkQueueSubmit(stage.gpu.queue(), 1, &submit, fence));
    check(vkWaitForFences(stage.gpu.device(), 1, fence.address(), VK_TRUE, UINT64_MAX));
}

// An answer chain: what is not known stays as it is, what is known is filled.
void unknown_in_queries(const Stage& stage) {
    UnknownStruct unknown;
    const UnknownStruct before = unknown;
    VkPhysicalDeviceVulkan12Properties known{
        VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_PROPERTIES};
    unknown.pNext = &known;
    VkPhysicalDeviceProperties2 properties{VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2,
                                           &unknown};
    vkGetPhysicalDeviceProperties2(stage.gpu.physical(), &properties);
    stage.report.check(std::memcmp(unknown.contents, before.contents, sizeof before.contents) == 0,
                       "An unknown struct in an answer is not written to.");
    stage.report.check(known.driverName[0] != '\0', "A known struct behind it is filled.");
}

void unknown_in_devices(const Stage& stage) {
    UnknownStruct unknown;
    const float priority = 1.0f;
    VkDeviceQueueCreateInfo queue{VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO};
    queue.queueFamilyIndex = stage.gpu.family();
    queue.queueCount = 1;
    queue.pQueuePriorities = &priority;
    VkDeviceCreateInfo info{VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO, &unknown};
    info.queueCreateInfoCount = 1;
    info.pQueueCreateInfos = &queue;
    VkDevice device = VK_NULL_HANDLE;
    check(vkCreateDevice(stage.gpu.physical(), &info, nullptr, &device));
    vkDestroyDevice(device, nullptr);
}

// More than any heap has: an error, and the device goes on.
void impossible_allocations(const Stage& stage) {
    const std::uint32_t mappable = stage.gpu.memory_type(~0u, VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT);
    const std::uint32_t device_local =
        stage.gpu.memory_type(~0u, VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT);
    for (std::uint32_t type : {mappable, device_local})
        for (VkDeviceSize size : {VkDeviceSize{1} << 46, VkDeviceSize{1} << 62, ~VkDeviceSize{0},
                                  ~VkDeviceSize{0} - 4095}) {
            VkMemoryAllocateInfo info{VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO, nullptr, size, type};
            VkDeviceMemory memory = VK_NULL_HANDLE;
            const VkResult result = vkAllocateMemory(stage.gpu.device(), &info, nullptr, &memory);
            stage.report.check(
                result == VK_ERROR_OUT_OF_DEVICE_MEMORY || result == VK_ERROR_OUT_OF_HOST_MEMORY,
                "An allocation of " + std::to_string(size) + " octets is out of memory, not " +
                    result_name(result) + ".");
            info.allocationSize = 4096;
            const DeviceMemory small(stage.gpu.device(), info);
        }
    stage.report.value("impossible_allocations", "refused");
}

// Formats that are younger than the driver, or none at all: nothing is supported.
void unknown_formats(const Stage& stage) {
    const VkPhysicalDevice gpu = stage.gpu.physical();
    for (const int number : {1000470001 /* VK_FORMAT_A8_UNORM_KHR */, 12345678, -5}) {
        const auto format = static_cast<VkFormat>(number);
        VkFormatProperties properties{1, 1, 1};
        vkGetPhysicalDeviceFormatProperties(gpu, format, &properties);
        VkFormatProperties2 also{VK_STRUCTURE_TYPE_FORMAT_PROPERTIES_2};
        vkGetPhysicalDeviceFormatProperties2(gpu, format, &also);
        stage.report.check(
            (properties.linearTilingFeatures | properties.optimalTilingFeatures |
             properties.bufferFeatures | also.formatProperties.optimalTilingFeatures) == 0,
            "An unknown format has no features.");
        VkImageFormatProperties image{};
        const VkResult result = vkGetPhysicalDeviceImageFormatProperties(
            gpu, format, VK_IMAGE_TYPE_2D, VK_IMAGE_TILING_OPTIMAL, VK_IMAGE_USAGE_SAMPLED_BIT, 0,
            &image);
        stage.report.check(result == VK_ERROR_FORMAT_NOT_SUPPORTED,
                           "There are no images of an unknown format.");
    }
    stage.report.value("unknown_formats", "not supported");
}

void copies_of_nothing(const Stage& stage) {
    const BoundBuffer buffer(stage.gpu, 256,
                             VK_BUFFER_USAGE_TRANSFER_SRC_BIT | VK_BUFFER_USAGE_TRANSFER_DST_BIT,
                             Placement::kReadBack);
    std::memset(buffer.mapped().data(), 5, 256);
    run_once(stage.gpu, [&](VkCommandBuffer commands) {
        vkCmdCopyBuffer(commands, buffer, buffer, 0, garbage_pointer<VkBufferCopy>());
        const VkBufferCopy nothing{0, 128, 0};
        vkCmdCopyBuffer(commands, buffer, buffer, 1, &nothing);
        vkCmdDraw(commands, 0, 0, 0, 0);
    });
    stage.report.hash("copies_of_nothing", buffer.mapped());
}

}  // namespace

void beyond(const Stage& stage) {
    unknown_in_creates(stage);
    unknown_in_submits(stage);
    unknown_in_queries(stage);
    unknown_in_devices(stage);
    impossible_allocations(stage);
    unknown_formats(stage);
    copies_of_nothing(stage);
}

}  // namespace vgpu::programs
