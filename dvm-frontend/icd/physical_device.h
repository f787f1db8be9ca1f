// A physical device as the guest knows it: what does not change is asked once.
#pragma once

#include <cstdint>
#include <vector>

#include "icd/object.h"
#include "wsi/driver.h"

namespace vgpu::icd {

struct Instance;

// Owned by its Instance. Immutable once load() has returned true, so any thread may read it. What
// the host told is not trusted further than its types.
struct PhysicalDevice : Dispatchable {
    explicit PhysicalDevice(Instance& owner);

    // Asks the host. False when the context is lost. May throw std::bad_alloc.
    bool load();
    bool host_visible(std::uint32_t type) const {
        return (memory.memoryTypes[type].propertyFlags & VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT) != 0;
    }
    // Whether functions of that core version can be called on it (VK_API_VERSION_1_x).
    bool has_version(std::uint32_t version) const;

    Instance& instance;
    VkPhysicalDeviceProperties properties{};
    VkPhysicalDeviceMemoryProperties memory{};
    std::vector<VkQueueFamilyProperties> queue_families;
    // What applications are offered.
    std::vector<VkExtensionProperties> extensions;
    // VkPhysicalDeviceMaintenance4Properties::maxBufferSize, or the largest heap where unknown.
    VkDeviceSize max_buffer_size = 0;
    wsi::PhysicalDriver window_driver;
};

}  // namespace vgpu::icd
