// Speaks to the compositor.
#include "window/wayland_window.h"

#include <vulkan/vulkan_wayland.h>

#include <cstring>

#include "common/error.h"

namespace vgpu::programs {

WaylandWindow::WaylandWindow(VkExtent2D extent)
    : display_(wl_display_connect(nullptr)), extent_(extent) {
    if (display_ == nullptr)
        throw NotOffered(
            "No Wayland compositor answers; set WAYLAND_DISPLAY, and XDG_RUNTIME_DIR.");
    registry_ = wl_display_get_registry(display_);
    static constexpr wl_registry_listener kRegistry{global, global_remove};
    wl_registry_add_listener(registry_, &kRegistry, this);
    round_trip();
    if (compositor_ == nullptr || base_ == nullptr)
        throw NotOffered("The Wayland compositor has no xdg_wm_base to make windows with.");
    static constexpr xdg_wm_base_listener kBase{ping};
    xdg_wm_base_add_listener(base_, &kBase, nullptr);
    surface_ = wl_compositor_create_surface(compositor_);
    shell_surface_ = xdg_wm_base_get_xdg_surface(base_, surface_);
    static constexpr xdg_surface_listener kSurface{configure};
    xdg_surface_add_listener(shell_surface_, &kSurface, this);
    top_ = xdg_surface_get_toplevel(shell_surface_);
    static xdg_toplevel_listener top{};
    top.configure = configure_top;
    top.close = close;
    xdg_toplevel_add_listener(top_, &top, this);
    wl_surface_commit(surface_);
    wait_until_configured();
}

WaylandWindow::~WaylandWindow() {
    xdg_toplevel_destroy(top_);
    xdg_surface_destroy(shell_surface_);
    wl_surface_destroy(surface_);
    xdg_wm_base_destroy(base_);
    wl_compositor_destroy(compositor_);
    wl_registry_destroy(registry_);
    wl_display_disconnect(display_);
}

const char* WaylandWindow::extension() const {
    return VK_KHR_WAYLAND_SURFACE_EXTENSION_NAME;
}

VkSurfaceKHR WaylandWindow::create_surface(VkInstance instance) const {
    VkWaylandSurfaceCreateInfoKHR info{VK_STRUCTURE_TYPE_WAYLAND_SURFACE_CREATE_INFO_KHR};
    info.display = display_;
    info.surface = surface_;
    VkSurfaceKHR surface = VK_NULL_HANDLE;
    check(vkCreateWaylandSurfaceKHR(instance, &info, nullptr, &surface));
    return surface;
}

void WaylandWindow::resize(VkExtent2D) {
    configured_ = false;
    xdg_toplevel_set_fullscreen(top_, nullptr);
    wait_until_configured();
}

void WaylandWindow::round_trip() {
    if (wl_display_roundtrip(display_) < 0) throw NotOffered("The Wayland compositor hangs up.");
}

void WaylandWindow::wait_until_configured() {
    while (!configured_) {
        if (wl_display_dispatch(display_) < 0) throw NotOffered("The Wayland compositor hangs up.");
    }
}

void WaylandWindow::global(void* self, wl_registry* registry, std::uint32_t name,
                           const char* interface, std::uint32_t) {
    auto& window = *static_cast<WaylandWindow*>(self);
    if (std::strcmp(interface, wl_compositor_interface.name) == 0)
        window.compositor_ = static_cast<wl_compositor*>(
            wl_registry_bind(registry, name, &wl_compositor_interface, 4));
    if (std::strcmp(interface, xdg_wm_base_interface.name) == 0)
        window.base_ =
            static_cast<xdg_wm_base*>(wl_registry_bind(registry, name, &xdg_wm_base_interface, 1));
}

void WaylandWindow::ping(void*, xdg_wm_base* base, std::uint32_t serial) {
    xdg_wm_base_pong(base, serial);
}

void WaylandWindow::configure(void* self, xdg_surface* surface, std::uint32_t serial) {
    xdg_surface_ack_configure(surface, serial);
    static_cast<WaylandWindow*>(self)->configured_ = true;
}

// Zero leaves the size to the program.
void WaylandWindow::configure_top(void* self, xdg_toplevel*, std::int32_t width,
                                  std::int32_t height, wl_array*) {
    if (width <= 0 || height <= 0) return;
    static_cast<WaylandWindow*>(self)->extent_ = {static_cast<std::uint32_t>(width),
                                                  static_cast<std::uint32_t>(height)};
}

}  // namespace vgpu::programs
