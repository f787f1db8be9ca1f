// Binds wl_shm and collects its formats.
#include "wsi/wayland_connection.h"

#include <algorithm>
#include <cstring>

namespace vgpu::wsi {
namespace {

// In the order in which they are offered.
constexpr ShmFormats kFormats[] = {
    {PixelLayout::Bgra8, WL_SHM_FORMAT_ARGB8888, WL_SHM_FORMAT_XRGB8888},
    {PixelLayout::Rgb565, WL_SHM_FORMAT_RGB565, WL_SHM_FORMAT_RGB565},
    {PixelLayout::Rgba8, WL_SHM_FORMAT_ABGR8888, WL_SHM_FORMAT_XBGR8888},
    {PixelLayout::Rgb10, WL_SHM_FORMAT_ARGB2101010, WL_SHM_FORMAT_XRGB2101010},
    {PixelLayout::Bgr10, WL_SHM_FORMAT_ABGR2101010, WL_SHM_FORMAT_XBGR2101010}};

}  // namespace

std::optional<ShmFormats> shm_formats_of(PixelLayout layout) {
    for (const ShmFormats& formats : kFormats) {
        if (formats.layout == layout) return formats;
    }
    return std::nullopt;
}

std::unique_ptr<WaylandConnection> WaylandConnection::open(const WaylandLibrary& wayland,
                                                           wl_display* display) {
    std::unique_ptr<WaylandConnection> connection(new WaylandConnection(wayland, display));
    return connection->ask() ? std::move(connection) : nullptr;
}

WaylandConnection::WaylandConnection(const WaylandLibrary& wayland, wl_display* display)
    : wayland_(wayland),
      queue_(wayland, display),
      display_(queue_.made() ? queue_.wrap(display)
                             : WaylandWrapper(nullptr, DestroyWaylandWrapper{&wayland})),
      registry_(nullptr, DestroyWaylandProxy{&wayland}),
      shm_(nullptr, DestroyWaylandProxy{&wayland}) {}

bool WaylandConnection::ask() {
    if (!display_) return false;
    registry_.reset(wayland_.wl_proxy_marshal_flags(
        display_.get(), WL_DISPLAY_GET_REGISTRY, wayland_.wl_registry_interface,
        wayland_.wl_proxy_get_version(display_.get()), 0, nullptr));
    static constexpr wl_registry_listener kListener{global, global_remove};
    if (!registry_) return false;
    wayland_.wl_proxy_add_listener(registry_.get(), (void (**)())(&kListener), this);
    // The globals come with the first answer, wl_shm's formats with the second.
    return round_trip() && shm_ && round_trip();
}

bool WaylandConnection::round_trip() {
    const WaylandProxy callback(wayland_.wl_proxy_marshal_flags(
                                    display_.get(), WL_DISPLAY_SYNC, wayland_.wl_callback_interface,
                                    wayland_.wl_proxy_get_version(display_.get()), 0, nullptr),
                                DestroyWaylandProxy{&wayland_});
    if (!callback) return false;
    static constexpr wl_callback_listener kListener{done};
    bool finished = false;
    wayland_.wl_proxy_add_listener(callback.get(), (void (**)())(&kListener), &finished);
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (!finished && std::chrono::steady_clock::now() < deadline) {
        if (!queue_.read(-1, deadline) || !queue_.dispatch()) return false;
    }
    return finished;
}

std::vector<PixelLayout> WaylandConnection::layouts() const {
    const auto takes = [&](std::uint32_t format) {
        return std::find(formats_.begin(), formats_.end(), format) != formats_.end();
    };
    std::vector<PixelLayout> layouts;
    for (const ShmFormats& formats : kFormats) {
        if (takes(formats.with_alpha) && takes(formats.opaque)) layouts.push_back(formats.layout);
    }
    return layouts;
}

void WaylandConnection::global(void* self, wl_registry* registry, std::uint32_t name,
                               const char* interface, std::uint32_t) {
    auto& connection = *static_cast<WaylandConnection*>(self);
    const WaylandLibrary& wayland = connection.wayland_;
    if (connection.shm_ || std::strcmp(interface, "wl_shm") != 0) return;
    constexpr std::uint32_t kVersion = 1;
    connection.shm_.reset(wayland.wl_proxy_marshal_flags(as_proxy(registry), WL_REGISTRY_BIND,
                                                         wayland.wl_shm_interface, kVersion, 0,
                                                         name, interface, kVersion, nullptr));
    static constexpr wl_shm_listener kListener{format};
    if (connection.shm_) {
        wayland.wl_proxy_add_listener(connection.shm_.get(), (void (**)())(&kListener), self);
    }
}

void WaylandConnection::global_remove(void*, wl_registry*, std::uint32_t) {}

void WaylandConnection::format(void* self, wl_shm*, std::uint32_t format) {
    // libwayland passes exceptions through its C frames to nobody: no throw from here.
    auto& formats = static_cast<WaylandConnection*>(self)->formats_;
    constexpr std::size_t kMost = 256;
    if (formats.size() < kMost) formats.push_back(format);
}

void WaylandConnection::done(void* finished, wl_callback*, std::uint32_t) {
    *static_cast<bool*>(finished) = true;
}

}  // namespace vgpu::wsi
