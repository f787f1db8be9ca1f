// A swapchain that is made anew when its window changes, and the frames in flight.
#pragma once

#include <deque>
#include <functional>
#include <vector>

#include "common/commands.h"
#include "window/painter.h"
#include "window/window.h"

namespace vgpu::programs {

// Owned by main(), on its thread; window and surface must outlive it.
class Swapchain {
  public:
    static constexpr VkFormat kFormat = VK_FORMAT_B8G8R8A8_UNORM;

    // Throws NotOffered where the device cannot present to the surface in kFormat.
    Swapchain(const Gpu& gpu, const Window& window, VkSurfaceKHR surface, const Painter& painter,
              VkPresentModeKHR mode);
    ~Swapchain();
    Swapchain(const Swapchain&) = delete;
    Swapchain& operator=(const Swapchain&) = delete;

    // Acquires an image, draws the frame and presents it; makes the swapchain anew where the
    // window has changed, and then shows the frame in the new one.
    void show(std::uint32_t frame);
    // Makes the swapchain anew where the window has another size. A driver may, but need not, say
    // by itself that it is out of date.
    void fit_window();
    VkExtent2D extent() const { return extent_; }

  private:
    struct Picture {
        ImageView view;
        Framebuffer framebuffer;
        Semaphore drawn;  // one an image: it is free again when the image is acquired again
    };
    struct InFlight {
        Semaphore acquired;
        Fence done;
        VkCommandBuffer commands;
    };

    void require_support() const;
    // The surface's size, or the window's where the surface takes any.
    VkExtent2D fitting(const VkSurfaceCapabilitiesKHR& limits) const;
    void make();
    void make_pictures();
    void submit(InFlight& slot, const Picture& picture, std::uint32_t frame);
    // False where the swapchain no longer fits the window.
    bool try_show(std::uint32_t frame);

    const Gpu& gpu_;
    const Window& window_;
    VkSurfaceKHR surface_;
    const Painter& painter_;
    VkPresentModeKHR mode_;
    Commands pool_;
    VkSwapchainKHR swapchain_ = VK_NULL_HANDLE;
    VkExtent2D extent_{};
    std::vector<Picture> pictures_;
    std::deque<InFlight> in_flight_;
};

}  // namespace vgpu::programs
