// Finds again, in a worker, the physical device that the supervisor chose from its probe.
#pragma once

#include <vulkan/vulkan.h>

#include <vector>

#include "worker/host_options.h"

namespace vgpu::worker {

// All that the loader finds.
std::vector<VkPhysicalDevice> devices_of(VkInstance instance);
// `instance` offers Vulkan 1.1 or VK_KHR_get_physical_device_properties2.
GpuIdentity identify_gpu(VkInstance instance, VkPhysicalDevice device);
bool is_same_gpu(const GpuIdentity& a, const GpuIdentity& b);

}  // namespace vgpu::worker
