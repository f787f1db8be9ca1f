// Compares an image with the limits of the device and of its format.
#include "icd/image_limits.h"

#include <algorithm>

#include "entries.h"
#include "icd/object.h"
#include "icd/physical_device.h"

namespace vgpu::icd {

namespace {

struct FormatRange {
    std::uint32_t last;  // VkFormat numbers up to this one
    std::uint32_t bytes;
};
// VkFormat's numbers of Vulkan 1.0 stand in groups of one size.
constexpr FormatRange kRanges[] = {
    {VK_FORMAT_R4G4_UNORM_PACK8, 1},
    {VK_FORMAT_A1R5G5B5_UNORM_PACK16, 2},
    {VK_FORMAT_R8_SRGB, 1},
    {VK_FORMAT_R8G8_SRGB, 2},
    {VK_FORMAT_B8G8R8_SRGB, 3},
    {VK_FORMAT_A2B10G10R10_SINT_PACK32, 4},
    {VK_FORMAT_R16_SFLOAT, 2},
    {VK_FORMAT_R16G16_SFLOAT, 4},
    {VK_FORMAT_R16G16B16_SFLOAT, 6},
    {VK_FORMAT_R16G16B16A16_SFLOAT, 8},
    {VK_FORMAT_R32_SFLOAT, 4},
    {VK_FORMAT_R32G32_SFLOAT, 8},
    {VK_FORMAT_R32G32B32_SFLOAT, 12},
    {VK_FORMAT_R32G32B32A32_SFLOAT, 16},
    {VK_FORMAT_R64_SFLOAT, 8},
    {VK_FORMAT_R64G64_SFLOAT, 16},
    {VK_FORMAT_R64G64B64_SFLOAT, 24},
    {VK_FORMAT_R64G64B64A64_SFLOAT, 32},
    {VK_FORMAT_E5B9G9R9_UFLOAT_PACK32, 4},
    {VK_FORMAT_D16_UNORM, 2},
    {VK_FORMAT_D32_SFLOAT, 4},
    {VK_FORMAT_S8_UINT, 1},
    {VK_FORMAT_D24_UNORM_S8_UINT, 4},
    {VK_FORMAT_D32_SFLOAT_S8_UINT, 5},
    {VK_FORMAT_ASTC_12x12_SRGB_BLOCK, 1},
};

std::uint64_t times(std::uint64_t a, std::uint64_t b) {
    std::uint64_t product;
    return __builtin_mul_overflow(a, b, &product) ? UINT64_MAX : product;
}

std::uint32_t max_dimension(const VkPhysicalDeviceLimits& limits, const VkImageCreateInfo& info) {
    if (info.imageType == VK_IMAGE_TYPE_1D) return limits.maxImageDimension1D;
    if (info.imageType == VK_IMAGE_TYPE_3D) return limits.maxImageDimension3D;
    return limits.maxImageDimension2D;
}

bool within(const VkImageFormatProperties& most, const VkImageCreateInfo& info) {
    return info.extent.width <= most.maxExtent.width &&
           info.extent.height <= most.maxExtent.height &&
           info.extent.depth <= most.maxExtent.depth && info.mipLevels <= most.maxMipLevels &&
           info.arrayLayers <= most.maxArrayLayers && least_bytes(info) <= most.maxResourceSize;
}

}  // namespace

std::uint32_t texel_bytes(VkFormat format) {
    for (const FormatRange& range : kRanges)
        if (static_cast<std::uint32_t>(format) <= range.last) return range.bytes;
    return 16;
}

std::uint64_t least_bytes(const VkImageCreateInfo& info) {
    std::uint64_t bytes = times(info.extent.width, info.extent.height);
    bytes = times(bytes, info.extent.depth);
    bytes = times(bytes, info.arrayLayers);
    bytes = times(bytes, static_cast<std::uint32_t>(info.samples));
    return times(bytes, texel_bytes(info.format));
}

bool within_limits(const PhysicalDevice& device, const VkImageCreateInfo& info) {
    const std::uint32_t most = max_dimension(device.properties.limits, info);
    const std::uint32_t largest =
        std::max({info.extent.width, info.extent.height, info.extent.depth});
    if (largest <= most && least_bytes(info) <= kAskAbove) return true;
    VkImageFormatProperties limits{};
    const VkResult known = entry_vkGetPhysicalDeviceImageFormatProperties(
        device.window_driver.physical_device, info.format, info.imageType, info.tiling, info.usage,
        info.flags, &limits);
    return known == VK_SUCCESS && within(limits, info);
}

}  // namespace vgpu::icd
