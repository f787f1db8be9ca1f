// What may be shared between processes of this guest, and by which kinds of descriptors.
#pragma once

#include <vulkan/vulkan.h>

#include <vector>

#include "icd/physical_device.h"

namespace vgpu::icd {

// Guest pages that the host's driver works on: any memory type that the application can map.
bool can_share_memory(const PhysicalDevice& device);
// A shared semaphore is a timeline on the host.
bool can_share_semaphores(const PhysicalDevice& device);

// Adds the extensions by which it is done. May throw std::bad_alloc.
void offer_sharing(const PhysicalDevice& device, std::vector<VkExtensionProperties>& extensions);

// Of the guest's types those that are guest pages.
std::uint32_t shareable_types(const PhysicalDevice& device);
// Leaves no others to an object that is to be shared.
void keep_shareable_types(VkDevice device, VkMemoryRequirements2& requirements);

// Whether a buffer's or an image's chain says that its memory may be shared.
bool is_external(const VkBufferCreateInfo& info);
bool is_external(const VkImageCreateInfo& info);

}  // namespace vgpu::icd
