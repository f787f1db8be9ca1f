// What a surface stands for: a window that can be looked at and drawn into, or none at all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "wsi/driver.h"
#include "wsi/options.h"
#include "wsi/pixel_layout.h"

namespace vgpu::wsi {

// The finished pixels of one swapchain image: rows of extent.width * kBytesPerPixel, no gaps.
struct FramePixels {
    const std::byte* data = nullptr;
    std::size_t bytes = 0;
    std::optional<ShareableRange> pages;
};

// One swapchain's way to its window. Owned by the swapchain.
class Canvas {
  public:
    virtual ~Canvas() = default;
    // Shows an image; when it returns, the pixels may be overwritten. VK_SUCCESS,
    // VK_SUBOPTIMAL_KHR (the window has another size by now) or VK_ERROR_SURFACE_LOST_KHR. One
    // thread at a time; waits for the window system and nothing else.
    virtual VkResult put(std::uint32_t image) = 0;
    // The same three answers from what is known already, without asking. Any thread.
    virtual VkResult news() = 0;
    virtual PutWay way() const = 0;
};

struct WindowLook {
    std::optional<VkExtent2D> extent;  // nothing: it takes the size of what it is given
    PixelLayout layout = PixelLayout::Unknown;
    bool has_alpha = false;
};

// Owned by its Surface; any thread may call any member.
class Window {
  public:
    virtual ~Window() = default;
    // VK_SUCCESS or VK_ERROR_SURFACE_LOST_KHR.
    virtual VkResult look(WindowLook& look) = 0;
    // False where nobody will look at the pixels, which then need not be copied.
    virtual bool wants_pixels() const = 0;
    // The pixels stay where they are for as long as the canvas lives.
    virtual VkResult make_canvas(VkExtent2D extent, std::span<const FramePixels> frames,
                                 std::unique_ptr<Canvas>& canvas) = 0;
};

}  // namespace vgpu::wsi
