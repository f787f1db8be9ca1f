// Uploads level 0 and blits the rest.
#include "render/texture.h"

#include "common/commands.h"

namespace vgpu::programs {

namespace {

// A chessboard over a gradient, with opaque alpha.
std::vector<std::byte> draw_picture() {
    std::vector<std::byte> octets;
    for (std::uint32_t y = 0; y < kTextureExtent.height; ++y)
        for (std::uint32_t x = 0; x < kTextureExtent.width; ++x) {
            const bool dark = ((x / 32) ^ (y / 32)) & 1;
            for (std::uint32_t channel : {x, y, dark ? 64u : 224u, 255u})
                octets.push_back(static_cast<std::byte>(channel));
        }
    return octets;
}

VkImageSubresourceRange level_range(std::uint32_t level) {
    return {VK_IMAGE_ASPECT_COLOR_BIT, level, 1, 0, 1};
}

VkImageBlit halve(std::uint32_t from) {
    const auto side = static_cast<std::int32_t>(kTextureExtent.width >> from);
    VkImageBlit blit{};
    blit.srcSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, from, 0, 1};
    blit.srcOffsets[1] = {side, side, 1};
    blit.dstSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, from + 1, 0, 1};
    blit.dstOffsets[1] = {side / 2, side / 2, 1};
    return blit;
}

}  // namespace

BoundImage make_texture(const Gpu& gpu) {
    BoundImage image(gpu, {VK_FORMAT_R8G8B8A8_UNORM, kTextureExtent,
                           VK_IMAGE_USAGE_SAMPLED_BIT | VK_IMAGE_USAGE_TRANSFER_SRC_BIT |
                               VK_IMAGE_USAGE_TRANSFER_DST_BIT,
                           kTextureLevels});
    upload_image(gpu, image, draw_picture(), kCopyTarget);
    run_once(gpu, [&](VkCommandBuffer commands) {
        for (std::uint32_t level = 0; level + 1 < kTextureLevels; ++level) {
            image_barrier(commands, image.get(), level_range(level), kCopyTarget, kCopySource);
            const VkImageBlit blit = halve(level);
            vkCmdBlitImage(commands, image.get(), kCopySource.layout, image.get(),
                           kCopyTarget.layout, 1, &blit, VK_FILTER_LINEAR);
            image_barrier(commands, image.get(), level_range(level), kCopySource, kFragmentSampled);
        }
        image_barrier(commands, image.get(), level_range(kTextureLevels - 1), kCopyTarget,
                      kFragmentSampled);
    });
    return image;
}

Sampler make_sampler(const Gpu& gpu) {
    VkSamplerCreateInfo info{VK_STRUCTURE_TYPE_SAMPLER_CREATE_INFO};
    info.magFilter = VK_FILTER_LINEAR;
    info.minFilter = VK_FILTER_LINEAR;
    info.mipmapMode = VK_SAMPLER_MIPMAP_MODE_LINEAR;
    info.maxLod = VK_LOD_CLAMP_NONE;
    return Sampler(gpu.device(), info);
}

}  // namespace vgpu::programs
