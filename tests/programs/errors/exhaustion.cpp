// Asks for as much memory as the heaps claim to have, which may work or fail but must not crash.
#include <algorithm>
#include <cstdint>

#include "common/handles.h"
#include "errors/parts.h"

namespace vgpu::programs {

namespace {

bool is_memory_answer(VkResult result) {
    return result == VK_SUCCESS || result == VK_ERROR_OUT_OF_HOST_MEMORY ||
           result == VK_ERROR_OUT_OF_DEVICE_MEMORY;
}

VkDeviceSize largest_allocation(const Gpu& gpu) {
    VkPhysicalDeviceMaintenance3Properties limits{
        VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MAINTENANCE_3_PROPERTIES};
    VkPhysicalDeviceProperties2 properties{VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2, &limits};
    vkGetPhysicalDeviceProperties2(gpu.physical(), &properties);
    return limits.maxMemoryAllocationSize;
}

// Half of each heap, not touched; a small allocation must work after it is given back.
void large_allocations(const Stage& stage) {
    const Gpu& gpu = stage.gpu;
    VkPhysicalDeviceMemoryProperties properties;
    vkGetPhysicalDeviceMemoryProperties(gpu.physical(), &properties);
    const VkDeviceSize largest = largest_allocation(gpu);
    for (std::uint32_t type = 0; type < properties.memoryTypeCount; ++type) {
        // Memory of these types takes more than a size.
        constexpr VkMemoryPropertyFlags kSpecial = VK_MEMORY_PROPERTY_LAZILY_ALLOCATED_BIT |
                                                   VK_MEMORY_PROPERTY_PROTECTED_BIT |
                                                   VK_MEMORY_PROPERTY_DEVICE_COHERENT_BIT_AMD;
        if ((properties.memoryTypes[type].propertyFlags & kSpecial) != 0) continue;
        const VkDeviceSize heap =
            properties.memoryHeaps[properties.memoryTypes[type].heapIndex].size;
        VkMemoryAllocateInfo info{VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO};
        info.allocationSize = std::min(heap / 2, largest);
        info.memoryTypeIndex = type;
        VkDeviceMemory memory = VK_NULL_HANDLE;
        const VkResult result = vkAllocateMemory(gpu.device(), &info, nullptr, &memory);
        stage.report.check(
            is_memory_answer(result),
            "A large allocation works or is out of memory, not " + result_name(result) + ".");
        if (result == VK_SUCCESS) vkFreeMemory(gpu.device(), memory, nullptr);
        info.allocationSize = 4096;
        const DeviceMemory small(gpu.device(), info);
    }
}

// A great many small allocations, all alive at once.
void many_allocations(const Stage& stage) {
    const Gpu& gpu = stage.gpu;
    const std::uint32_t most =
        std::min(gpu.properties().limits.maxMemoryAllocationCount / 2, 1500u);
    VkMemoryAllocateInfo info{VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO};
    info.allocationSize = 256;
    info.memoryTypeIndex = gpu.memory_type(~0u, VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT);
    std::vector<DeviceMemory> memories;
    for (std::uint32_t i = 0; i < most; ++i) memories.emplace_back(gpu.device(), info);
    stage.report.value("many_allocations", memories.size());
}

}  // namespace

void exhaustion(const Stage& stage) {
    large_allocations(stage);
    many_allocations(stage);
}

}  // namespace vgpu::programs
