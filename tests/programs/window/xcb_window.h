// A window on an X server, and what it shows.
#pragma once

#include <vulkan/vulkan.h>
#include <xcb/xcb.h>

#include <memory>
#include <vector>

#include "common/gpu.h"
#include "window/window.h"

namespace vgpu::programs {

class XcbWindow final : public Window {
  public:
    // Throws NotOffered without a DISPLAY that answers.
    explicit XcbWindow(VkExtent2D extent);

    const char* extension() const override { return VK_KHR_XCB_SURFACE_EXTENSION_NAME; }
    VkSurfaceKHR create_surface(VkInstance instance) const override;
    VkExtent2D extent() const override { return extent_; }
    void resize(VkExtent2D extent) override;
    bool can_read_back() const override { return true; }
    std::vector<std::byte> read_back(VkExtent2D extent) const override;

  private:
    struct Disconnect {
        void operator()(xcb_connection_t* connection) const { xcb_disconnect(connection); }
    };
    void wait_until_mapped() const;

    std::unique_ptr<xcb_connection_t, Disconnect> connection_;
    xcb_window_t window_ = 0;
    VkExtent2D extent_;
};

}  // namespace vgpu::programs
