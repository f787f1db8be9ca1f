// What the scenes draw into: a colour image, depth where wanted, and a classic render pass.
#pragma once

#include "common/commands.h"
#include "common/memory.h"
#include "common/pipelines.h"

namespace vgpu::programs {

inline constexpr VkExtent2D kExtent{512, 512};
inline constexpr VkFormat kColorFormat = VK_FORMAT_R8G8B8A8_UNORM;
inline constexpr VkFormat kDepthFormat = VK_FORMAT_D16_UNORM;

// Owned by a scene, on its thread. The pass clears, stores, and leaves the colour image ready to
// be copied from.
class Target {
  public:
    Target(const Gpu& gpu, bool with_depth);

    void begin(VkCommandBuffer commands,
               VkSubpassContents contents = VK_SUBPASS_CONTENTS_INLINE) const;
    VkRenderPass pass() const { return pass_; }
    VkFramebuffer framebuffer() const { return framebuffer_; }
    const BoundImage& color() const { return color_; }
    std::vector<std::byte> pixels(const Gpu& gpu) const {
        return read_image(gpu, color_, kCopySource);
    }

  private:
    BoundImage color_, depth_;
    RenderPass pass_;
    Framebuffer framebuffer_;
};

// The octets of the pixel at (x, y), as 0xAABBGGRR.
std::uint32_t pixel_at(std::span<const std::byte> pixels, std::uint32_t x, std::uint32_t y);
// How many pixels are not `background`.
std::size_t count_other_than(std::span<const std::byte> pixels, std::uint32_t background);

// What begin() clears to, as pixel_at() reads it.
inline constexpr std::uint32_t kBackground = 0xff332211;
inline constexpr VkClearColorValue kBackgroundColor{
    {0x11 / 255.0f, 0x22 / 255.0f, 0x33 / 255.0f, 1.0f}};

// The push constants of fan_vertex.vert.
struct FanPush {
    float color[4];
    float radius;
    float turn;
};

}  // namespace vgpu::programs
