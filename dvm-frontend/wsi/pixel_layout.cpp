// Maps colour masks to formats and asks the device what it can do with them.
#include "wsi/pixel_layout.h"

#include <algorithm>

namespace vgpu::wsi {
namespace {

struct UsageOfFeature {
    VkFormatFeatureFlags feature;
    VkImageUsageFlags usage;
};

constexpr UsageOfFeature kUsages[] = {
    {VK_FORMAT_FEATURE_SAMPLED_IMAGE_BIT, VK_IMAGE_USAGE_SAMPLED_BIT},
    {VK_FORMAT_FEATURE_STORAGE_IMAGE_BIT, VK_IMAGE_USAGE_STORAGE_BIT},
    {VK_FORMAT_FEATURE_COLOR_ATTACHMENT_BIT,
     VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT | VK_IMAGE_USAGE_INPUT_ATTACHMENT_BIT},
};

constexpr VkFormat kBgra8[] = {VK_FORMAT_B8G8R8A8_SRGB, VK_FORMAT_B8G8R8A8_UNORM};
constexpr VkFormat kRgba8[] = {VK_FORMAT_R8G8B8A8_SRGB, VK_FORMAT_R8G8B8A8_UNORM};
constexpr VkFormat kRgb565[] = {VK_FORMAT_R5G6B5_UNORM_PACK16};
constexpr VkFormat kRgb10[] = {VK_FORMAT_A2R10G10B10_UNORM_PACK32};
constexpr VkFormat kBgr10[] = {VK_FORMAT_A2B10G10R10_UNORM_PACK32};
constexpr PixelLayout kLayouts[] = {PixelLayout::Bgra8, PixelLayout::Rgb565, PixelLayout::Rgba8,
                                    PixelLayout::Rgb10, PixelLayout::Bgr10};

std::span<const VkFormat> formats_of(PixelLayout layout) {
    switch (layout) {
        case PixelLayout::Bgra8:
            return kBgra8;
        case PixelLayout::Rgb565:
            return kRgb565;
        case PixelLayout::Rgba8:
            return kRgba8;
        case PixelLayout::Rgb10:
            return kRgb10;
        case PixelLayout::Bgr10:
            return kBgr10;
        case PixelLayout::Unknown:
            break;
    }
    return {};
}

VkFormatFeatureFlags features_of(const PhysicalDriver& driver, VkFormat format) {
    VkFormatProperties properties{};
    driver.GetPhysicalDeviceFormatProperties(driver.physical_device, format, &properties);
    return properties.optimalTilingFeatures;
}

}  // namespace

PixelLayout layout_of_masks(std::uint32_t red, std::uint32_t green, std::uint32_t blue) {
    if (red == 0xff0000 && green == 0xff00 && blue == 0xff) return PixelLayout::Bgra8;
    if (red == 0xff && green == 0xff00 && blue == 0xff0000) return PixelLayout::Rgba8;
    if (red == 0x3ff00000 && green == 0xffc00 && blue == 0x3ff) return PixelLayout::Rgb10;
    return PixelLayout::Unknown;
}

std::uint32_t bytes_per_pixel(PixelLayout layout) {
    return layout == PixelLayout::Rgb565 ? 2 : 4;
}

PixelLayout layout_of_format(VkFormat format) {
    for (const PixelLayout layout : kLayouts) {
        const auto formats = formats_of(layout);
        if (std::find(formats.begin(), formats.end(), format) != formats.end()) return layout;
    }
    return PixelLayout::Unknown;
}

std::vector<VkSurfaceFormatKHR> surface_formats(const PhysicalDriver& driver,
                                                std::span<const PixelLayout> layouts) {
    std::vector<VkSurfaceFormatKHR> formats;
    for (const PixelLayout layout : layouts) {
        for (const VkFormat format : formats_of(layout)) {
            if (!(features_of(driver, format) & VK_FORMAT_FEATURE_COLOR_ATTACHMENT_BIT)) continue;
            formats.push_back({format, VK_COLOR_SPACE_SRGB_NONLINEAR_KHR});
        }
    }
    return formats;
}

VkImageUsageFlags supported_usage(const PhysicalDriver& driver,
                                  std::span<const PixelLayout> layouts) {
    VkFormatFeatureFlags features = 0;
    for (const PixelLayout layout : layouts) {
        for (const VkFormat format : formats_of(layout)) features |= features_of(driver, format);
    }
    // Transfers are not reported by a Vulkan 1.0 driver; every image that exists can do them.
    VkImageUsageFlags usage = VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT;
    for (const UsageOfFeature& entry : kUsages) {
        if (features & entry.feature) usage |= entry.usage;
    }
    return usage;
}

}  // namespace vgpu::wsi
