// What an application has of a Wayland connection, before it comes to Vulkan.
#pragma once

#include <wayland-client.h>

#include <memory>
#include <vector>

#include "compositor.h"
#include "show.h"

namespace vgpu::wsi::test {

// A connection with surfaces, which go with it.
class WaylandClient {
  public:
    explicit WaylandClient(Compositor& compositor);
    WaylandClient(const WaylandClient&) = delete;
    WaylandClient& operator=(const WaylandClient&) = delete;
    ~WaylandClient();

    wl_display* display() const { return display_; }
    wl_surface* make_surface();
    SurfacePtr make_vulkan_surface(Platform& platform);

  private:
    static void global(void* self, wl_registry* registry, std::uint32_t name, const char* interface,
                       std::uint32_t version);
    static void global_remove(void*, wl_registry*, std::uint32_t) {}

    wl_display* const display_;
    wl_registry* registry_ = nullptr;
    wl_compositor* compositor_ = nullptr;
    std::vector<wl_surface*> surfaces_;
};

// Waits, 10 s at most, until the compositor has the pattern; checks every pixel. XRGB pixels have
// no alpha to compare.
void check_shows(Compositor& compositor, std::size_t surface, std::uint32_t seed,
                 VkExtent2D extent);

}  // namespace vgpu::wsi::test
