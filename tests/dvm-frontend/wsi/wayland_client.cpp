// Connects, binds wl_compositor and makes surfaces.
#include "wayland_client.h"

#include <vulkan/vulkan_wayland.h>

#include <algorithm>
#include <cstring>
#include <thread>

#include "tests/catch.h"

namespace vgpu::wsi::test {

WaylandClient::WaylandClient(Compositor& compositor)
    : display_(wl_display_connect_to_fd(compositor.take_client_end())) {
    REQUIRE(display_ != nullptr);
    registry_ = wl_display_get_registry(display_);
    static constexpr wl_registry_listener kListener{global, global_remove};
    wl_registry_add_listener(registry_, &kListener, this);
    REQUIRE(wl_display_roundtrip(display_) >= 0);
    REQUIRE(compositor_ != nullptr);
}

WaylandClient::~WaylandClient() {
    for (wl_surface* surface : surfaces_) wl_surface_destroy(surface);
    wl_compositor_destroy(compositor_);
    wl_registry_destroy(registry_);
    wl_display_disconnect(display_);
}

void WaylandClient::global(void* self, wl_registry* registry, std::uint32_t name,
                           const char* interface, std::uint32_t version) {
    if (std::strcmp(interface, "wl_compositor") != 0) return;
    static_cast<WaylandClient*>(self)->compositor_ = static_cast<wl_compositor*>(
        wl_registry_bind(registry, name, &wl_compositor_interface, version));
}

wl_surface* WaylandClient::make_surface() {
    surfaces_.push_back(wl_compositor_create_surface(compositor_));
    return surfaces_.back();
}

SurfacePtr WaylandClient::make_vulkan_surface(Platform& platform) {
    VkWaylandSurfaceCreateInfoKHR info{};
    info.sType = VK_STRUCTURE_TYPE_WAYLAND_SURFACE_CREATE_INFO_KHR;
    info.display = display_;
    info.surface = make_surface();
    Surface* surface = nullptr;
    REQUIRE(create_wayland_surface(platform, info, &surface) == VK_SUCCESS);
    return SurfacePtr(surface);
}

void check_shows(Compositor& compositor, std::size_t surface, std::uint32_t seed,
                 VkExtent2D extent) {
    std::vector<std::uint32_t> expected, pixels;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    do {
        const Seen seen = compositor.seen(surface);
        const std::uint32_t mask = seen.format == WL_SHM_FORMAT_XRGB8888 ? 0xffffff : 0xffffffff;
        expected = pattern(seed, extent, mask);
        pixels.resize(seen.pixels.size() / 4);
        std::memcpy(pixels.data(), seen.pixels.data(), pixels.size() * 4);
        for (std::uint32_t& pixel : pixels) pixel &= mask;
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    } while (pixels != expected && std::chrono::steady_clock::now() < deadline);
    REQUIRE(pixels.size() == expected.size());
    const auto wrong = std::mismatch(pixels.begin(), pixels.end(), expected.begin());
    INFO("first wrong pixel: " << wrong.first - pixels.begin());
    REQUIRE(wrong.first == pixels.end());
}

}  // namespace vgpu::wsi::test
