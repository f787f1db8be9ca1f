// Generated from the Vulkan registry by ring-protocol/generator; do not edit.
// What is known of each kind of object.
#include "object_types.h"
#include "wire/description.h"

namespace vgpu::wire {

static constexpr const char* const kObjectTypeNamesTable[] = {
    "none",
    "VkCommandBuffer",
    "VkCue",
    "VkCueList",
    "VkDevice",
    "VkInstance",
    "VkLamp",
    "VkScene"};
const std::span<const char* const> kObjectTypeNames{kObjectTypeNamesTable};

static constexpr bool kHasGuestObjectTable[] = {
    false,
    true,
    false,
    true,
    true,
    false,
    false,
    false};
const std::span<const bool> kHasGuestObject{kHasGuestObjectTable};

const std::span<const bool> kDeviceLevel{kTypeIsOfDevice};

}  // namespace vgpu::wire
