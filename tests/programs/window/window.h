// A window of whatever window system, as main() sees it.
#pragma once

#include <vulkan/vulkan.h>

#include <cstddef>
#include <vector>

namespace vgpu::programs {

// Owned by main(), which is its only thread. Surfaces made from it must go first.
class Window {
  public:
    virtual ~Window() = default;
    // The instance extension that its surfaces need.
    virtual const char* extension() const = 0;
    virtual VkSurfaceKHR create_surface(VkInstance instance) const = 0;
    virtual VkExtent2D extent() const = 0;
    // Asks for the size and waits until the window has one, which the window system chooses.
    virtual void resize(VkExtent2D extent) = 0;
    // Answers what the window system asks; to be called now and then.
    virtual void answer() {}
    // Whether the window system lets a program read what it shows.
    virtual bool can_read_back() const { return false; }
    // The pixels that it has for the window, four octets each: blue, green, red, nothing. Empty
    // while the window is not as large as `extent`.
    virtual std::vector<std::byte> read_back(VkExtent2D) const { return {}; }
};

// Owns a surface of an instance.
class Surface {
  public:
    Surface(VkInstance instance, const Window& window)
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
