// How the pixels of a window lie in memory, and the Vulkan formats that lie the same way.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "wsi/driver.h"

namespace vgpu::wsi {

enum class PixelLayout { Unknown, Bgra8, Rgb565, Rgba8, Rgb10, Bgr10 };

std::uint32_t bytes_per_pixel(PixelLayout layout);

// The layout of a little-endian 32-bit pixel with these colour masks.
PixelLayout layout_of_masks(std::uint32_t red, std::uint32_t green, std::uint32_t blue);

// The layout that a format's pixels have; Unknown where no window has it.
PixelLayout layout_of_format(VkFormat format);

// The formats of these layouts that the device can render to, the preferred one first.
std::vector<VkSurfaceFormatKHR> surface_formats(const PhysicalDriver& driver,
                                                std::span<const PixelLayout> layouts);
// What images of at least one of these formats can be used for.
VkImageUsageFlags supported_usage(const PhysicalDriver& driver,
                                  std::span<const PixelLayout> layouts);

}  // namespace vgpu::wsi
