// A texture that is uploaded by staging and whose smaller levels are blitted from the larger.
#pragma once

#include "common/memory.h"

namespace vgpu::programs {

inline constexpr VkExtent2D kTextureExtent{256, 256};
inline constexpr std::uint32_t kTextureLevels = 9;

// Ready to be sampled in fragment shaders.
BoundImage make_texture(const Gpu& gpu);
Sampler make_sampler(const Gpu& gpu);

}  // namespace vgpu::programs
