// Recognises images that the host could not create, before a create that does not wait is sent.
#pragma once

#include <vulkan/vulkan.h>

#include <cstdint>

namespace vgpu::icd {

struct PhysicalDevice;

// Bytes of one texel, rounded up where a block of several texels is compressed. 16 for formats
// that this does not know.
std::uint32_t texel_bytes(VkFormat format);

// About the bytes that the image takes without any padding; never overflows.
std::uint64_t least_bytes(const VkImageCreateInfo& info);

// False when the image is larger than the device's limits, or than those of its kind: these are
// asked of the host for images above kAskAbove bytes only.
inline constexpr std::uint64_t kAskAbove = 256u << 20;
bool within_limits(const PhysicalDevice& device, const VkImageCreateInfo& info);

}  // namespace vgpu::icd
