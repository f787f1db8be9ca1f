// Generated from the Vulkan registry by ring-protocol/generator; do not edit.
// Names of VkResult's values.
#pragma once

#include <vulkan/vulkan.h>

namespace vgpu {

// "VK_ERROR_...", or "an unknown VkResult".
const char* result_name(VkResult result);

}  // namespace vgpu
