// How the pixels of a window lie in memory, and the Vulkan formats that lie the same way.
#pragma once

#include <cstdint>
#include <vector>

#include "wsi/driver.h"

namespace vgpu::wsi {

// All of them have 32 bits a pixel.
enum class PixelLayout { Unknown, Bgra8, Rgba8, Rgb10 };

inline constexpr std::uint32_t kBytesPerPixel = 4;

// The layout of a little-endian 32-bit pixel with these colour masks.
PixelLayout layout_of_masks(std::uint32_t red, std::uint32_t green, std::uint32_t blue);

// The formats of `layout` that the device can render to, the preferred one first.
std::vector<VkSurfaceFormatKHR> surface_formats(const PhysicalDriver& driver, PixelLayout layout);
// What images of at least one of these formats can be used for.
VkImageUsageFlags supported_usage(const PhysicalDriver& driver, PixelLayout layout);

}  // namespace vgpu::wsi
