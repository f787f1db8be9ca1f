// A surface and a swapchain that paints patterns into it, as a small application would.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "lower_driver.h"
#include "painter.h"
#include "wsi/surface_entry.h"
#include "wsi/swapchain_entry.h"
#include "x_window.h"

namespace vgpu::wsi::test {

struct DestroySurface {
    void operator()(Surface* surface) const { destroy_surface(surface); }
};
using SurfacePtr = std::unique_ptr<Surface, DestroySurface>;
struct DestroySwapchain {
    void operator()(Swapchain* swapchain) const { destroy_swapchain(swapchain); }
};
using SwapchainPtr = std::unique_ptr<Swapchain, DestroySwapchain>;

SurfacePtr make_xcb_surface(Platform& platform, const XConnection& connection,
                            const XWindow& window);
SurfacePtr make_headless_surface(Platform& platform);

// Options of most tests: frames are shown as fast as they come.
Options unpaced();

// What most swapchains of these tests are asked for.
VkSwapchainCreateInfoKHR swapchain_info(Surface& surface, VkExtent2D extent);

class Show {
  public:
    Show(LowerDriver& lower, Platform& platform, const VkSwapchainCreateInfoKHR& info);
    ~Show();

    Swapchain& swapchain() { return *swapchain_; }
    VkSwapchainKHR handle() { return to_handle<VkSwapchainKHR>(swapchain_.get()); }
    VkExtent2D extent() const { return extent_; }
    Painter& painter() { return painter_; }
    VkImage image(std::uint32_t index);

    // Acquires an image, waiting 10 s at most, and paints it; `painted` is signalled then.
    VkResult draw(std::uint32_t seed, std::uint32_t* index, VkSemaphore* painted);
    // `next`: the chain of the VkPresentInfoKHR.
    VkResult present(std::uint32_t index, VkSemaphore painted, const void* next = nullptr);
    // All three. The result of presenting, or of the acquire where that is an error.
    VkResult show(std::uint32_t seed, const void* next = nullptr);
    // Destroys the swapchain, which ends what it was showing.
    void end();

  private:
    LowerDriver& lower_;
    const VkExtent2D extent_;
    Painter painter_;
    SwapchainPtr swapchain_;
};

// Waits, 10 s at most, until the window shows the pattern; checks every pixel.
void check_shows(const XWindow& window, std::uint32_t seed, VkExtent2D extent,
                 std::uint8_t depth = 24);

inline constexpr std::uint64_t kTenSecondsNs = 10'000'000'000;

}  // namespace vgpu::wsi::test
