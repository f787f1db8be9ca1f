// A window on an X server, and what it shows.
#pragma once

#include <vulkan/vulkan.h>
#include <xcb/xcb.h>

#include <memory>
#include <vector>

#include "common/gpu.h"

namespace vgpu::programs {

// Owned by main(), which is its only thread. Surfaces made from it must go first.
class XcbWindow {
  public:
    // Throws NotOffered without a DISPLAY that answers.
    explicit XcbWindow(VkExtent2D extent);

    VkSurfaceKHR create_surface(VkInstance instance) const;
    // Asks for the size and waits until the server has it.
    void resize(VkExtent2D extent);
    // The pixels that the server has for the window, four octets each: blue, green, red, nothing.
    // Empty while the window is not as large as `extent`.
    std::vector<std::byte> read_back(VkExtent2D extent) const;

  private:
    struct Disconnect {
        void operator()(xcb_connection_t* connection) const { xcb_disconnect(connection); }
    };
    void wait_until_mapped() const;

    std::unique_ptr<xcb_connection_t, Disconnect> connection_;
    xcb_window_t window_ = 0;
};

// Owns a surface of an instance.
class Surface {
  public:
    Surface(VkInstance instance, const XcbWindow& window)
        : instance_(instance), surface_(window.create_surface(instance)) {}
    ~Surface() { vkDestroySurfaceKHR(instance_, surface_, nullptr); }
    Surface(const Surface&) = delete;
    Surface& operator=(const Surface&) = delete;
    operator VkSurfaceKHR() const { return surface_; }

  private:
    VkInstance instance_;
    VkSurfaceKHR surface_;
};

}  // namespace vgpu::programs
