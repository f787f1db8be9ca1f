// A window on a Wayland compositor.
#pragma once

#include <wayland-client.h>

#include <memory>

#include "window/window.h"
#include "xdg-shell-client-protocol.h"

namespace vgpu::programs {

// Of the size that it is given; a resize makes it as large as the screen.
class WaylandWindow final : public Window {
  public:
    // Throws NotOffered without a compositor that answers.
    explicit WaylandWindow(VkExtent2D extent);
    ~WaylandWindow() override;

    const char* extension() const override;
    VkSurfaceKHR create_surface(VkInstance instance) const override;
    VkExtent2D extent() const override { return extent_; }
    void resize(VkExtent2D extent) override;
    void answer() override { round_trip(); }

  private:
    static void global(void* self, wl_registry* registry, std::uint32_t name, const char* interface,
                       std::uint32_t version);
    static void global_remove(void*, wl_registry*, std::uint32_t) {}
    static void ping(void*, xdg_wm_base* base, std::uint32_t serial);
    static void configure(void* self, xdg_surface* surface, std::uint32_t serial);
    static void configure_top(void* self, xdg_toplevel*, std::int32_t width, std::int32_t height,
                              wl_array*);
    static void close(void*, xdg_toplevel*) {}
    void round_trip();
    void wait_until_configured();

    wl_display* display_ = nullptr;
    wl_registry* registry_ = nullptr;
    wl_compositor* compositor_ = nullptr;
    xdg_wm_base* base_ = nullptr;
    wl_surface* surface_ = nullptr;
    xdg_surface* shell_surface_ = nullptr;
    xdg_toplevel* top_ = nullptr;
    VkExtent2D extent_;
    bool configured_ = false;
};

}  // namespace vgpu::programs
