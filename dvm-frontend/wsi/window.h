// What a surface stands for: a window that can be looked at and drawn into, or none at all.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "wsi/driver.h"
#include "wsi/options.h"
#include "wsi/pixel_layout.h"

namespace vgpu::wsi {

// The finished pixels of one swapchain image: rows of extent.width pixels, no gaps.
struct FramePixels {
    const std::byte* data = nullptr;
    std::size_t bytes = 0;
    std::optional<ShareableRange> pages;
};

// What a canvas tells its swapchain, from a thread of the canvas's own. The calls return at once.
class CanvasListener {
  public:
    // An image that put() kept may be overwritten from now on.
    virtual void released(std::uint32_t image) = 0;
    // The window has shown what was put and wants the next frame.
    virtual void beat() = 0;
    // The window is gone for good.
    virtual void lost() = 0;

  protected:
    ~CanvasListener() = default;
};

struct PutOutcome {
    // VK_SUCCESS, VK_SUBOPTIMAL_KHR (the window has another size by now) or
    // VK_ERROR_SURFACE_LOST_KHR.
    VkResult result = VK_SUCCESS;
    // The window system still reads the pixels: CanvasListener::released() will say when no more.
    bool kept = false;
};

// One swapchain's way to its window. Owned by the swapchain.
class Canvas {
  public:
    virtual ~Canvas() = default;
    // Shows an image of which `damage` has changed since the last one; no rectangle means all of
    // it. One thread at a time; waits for the window system and nothing else.
    virtual PutOutcome put(std::uint32_t image, std::span<const VkRect2D> damage) = 0;
    // The result that a put would have, from what is known already, without asking. Any thread.
    virtual VkResult news() = 0;
    virtual PutWay way() const = 0;
    // Whether CanvasListener::beat() says when the next frame is due, rather than a clock.
    virtual bool paces() const { return false; }
    // How long the screen under the window shows one frame, where that is known.
    virtual std::optional<std::chrono::nanoseconds> refresh_period() { return std::nullopt; }
};

// No swapchain has fewer images: one is shown, one waits, one is drawn.
inline constexpr std::uint32_t kMinImages = 3;

struct WindowLook {
    std::optional<VkExtent2D> extent;  // nothing: it takes the size of what it is given
    // That the window takes, the preferred one first; none where images cannot be put into it.
    std::vector<PixelLayout> layouts;
    VkCompositeAlphaFlagsKHR composite_alpha = 0;
    // The fewest images with which showing, waiting and drawing never stand in each other's way.
    std::uint32_t min_images = kMinImages;
};

// What a canvas is made for. The frames' pixels stay where they are for as long as it lives, and
// so does the listener.
struct CanvasOrder {
    VkExtent2D extent{};
    PixelLayout layout = PixelLayout::Unknown;
    bool opaque = false;  // the alpha of the pixels means nothing
    std::span<const FramePixels> frames;
    CanvasListener* listener = nullptr;
};

// Owned by its Surface; any thread may call any member.
class Window {
  public:
    virtual ~Window() = default;
    // VK_SUCCESS or VK_ERROR_SURFACE_LOST_KHR.
    virtual VkResult look(WindowLook& look) = 0;
    // False where nobody will look at the pixels, which then need not be copied.
    virtual bool wants_pixels() const = 0;
    // What swapchains of this window can be asked for, in the order in which it is reported.
    virtual std::span<const VkPresentModeKHR> present_modes() const = 0;
    virtual VkResult make_canvas(const CanvasOrder& order, std::unique_ptr<Canvas>& canvas) = 0;
};

// Of windows that are put into at once and have no beat of their own.
inline constexpr VkPresentModeKHR kAllPresentModes[] = {
    VK_PRESENT_MODE_IMMEDIATE_KHR, VK_PRESENT_MODE_MAILBOX_KHR, VK_PRESENT_MODE_FIFO_KHR,
    VK_PRESENT_MODE_FIFO_RELAXED_KHR};

}  // namespace vgpu::wsi
