// Generated from the Vulkan registry by ring-protocol/generator; do not edit.
// Members that are shown as 0.
#include "wire/hidden.h"

#include <vulkan/vulkan.h>

#include <cstddef>

namespace vgpu::wire {

constexpr HiddenMember kHiddenTable[] = {
    {"VkLampHeatPropertiesEXT.kelvin", VK_STRUCTURE_TYPE_LAMP_HEAT_PROPERTIES_EXT, offsetof(VkLampHeatPropertiesEXT, kelvin), sizeof(VkLampHeatPropertiesEXT::kelvin)},
};

const std::span<const HiddenMember> kHiddenMembers{kHiddenTable};

}  // namespace vgpu::wire
