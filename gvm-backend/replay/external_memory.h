// Buffers and images that may be bound to imported guest pages say so when they are created.
#pragma once

#include <vulkan/vulkan.h>

#include "host_vulkan.h"

namespace vgpu::replay {

// Vulkan wants it of everything that is bound to imported memory (VkBindBufferMemoryInfo and
// VkBindImageMemoryInfo, valid usage of `memory`); what it will be bound to is not known at its
// creation. Drivers lay out and place such resources as if strangers looked at them, so it is said
// only where that changes nothing: for buffers whose driver answers alike with it and without, and
// for linear images, and for those that processes of the guest are to share. Owned by the device's
// state; immutable once made.
class ExternalMemory {
  public:
    // Asks nothing, and changes nothing.
    ExternalMemory() = default;
    // The device imports host pointers.
    ExternalMemory(const HostVulkan& vk, VkPhysicalDevice physical_device, VkDevice device);

    // Puts `external` into the chain if it belongs there, in place of the guest's own. Both live
    // until the create.
    void amend(VkBufferCreateInfo& info, VkExternalMemoryBufferCreateInfo& external) const;
    void amend(VkImageCreateInfo& info, VkExternalMemoryImageCreateInfo& external) const;

  private:
    bool alike_for_buffers(VkDevice device) const;
    bool importable(const VkImageCreateInfo& info) const;

    const HostVulkan* vk_ = nullptr;
    VkPhysicalDevice physical_device_ = VK_NULL_HANDLE;
    bool buffers_ = false;
};

// vkGetPhysicalDeviceImageFormatProperties2, where a guest that asks for a descriptor's handle type
// means pages of its own: imported by pointer where the driver `imports` them, mirrored elsewhere.
// The chains are private copies.
VkResult answer_image_format(const HostVulkan& vk, bool imports, VkPhysicalDevice device,
                             const VkPhysicalDeviceImageFormatInfo2& asked,
                             VkImageFormatProperties2& answer);

}  // namespace vgpu::replay
