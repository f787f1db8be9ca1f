// A logical device: its queues, what was enabled, and what is known of its objects.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "icd/memory_requirements.h"
#include "icd/object.h"
#include "icd/offered_extensions.h"
#include "icd/physical_device.h"
#include "icd/relay.h"
#include "icd/retired_slots.h"
#include "wsi/driver.h"

namespace vgpu::icd {

struct Queue;

// Owned by the application, from vkCreateDevice to vkDestroyDevice. Immutable in between, but for
// what its members guard themselves; queues are the application's to synchronise.
struct Device : Dispatchable {
    explicit Device(PhysicalDevice& parent);
    ~Device();

    bool has_extension(std::string_view name) const { return enabled.has(name); }
    // Whether functions of that core version can be called (VK_API_VERSION_1_x).
    bool has_version(std::uint32_t version) const { return physical_device.has_version(version); }

    PhysicalDevice& physical_device;
    EnabledExtensions enabled;
    // In the order of VkDeviceCreateInfo::pQueueCreateInfos.
    std::vector<std::unique_ptr<Queue>> queues;
    RequirementsCache requirements;
    // Slots of destroyed timeline semaphores.
    RetiredSlots retired_slots{*context};
    // Of semaphores and fences that are shared with other processes.
    Relay relay{*this};
    wsi::Driver window_driver;
};

}  // namespace vgpu::icd
