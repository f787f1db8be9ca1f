// What a surface or a swapchain has of the application's Wayland connection: a queue and wl_shm.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "wsi/pixel_layout.h"
#include "wsi/wayland_queue.h"

namespace vgpu::wsi {

// A layout as wl_shm calls it, with and without alpha.
struct ShmFormats {
    PixelLayout layout = PixelLayout::Unknown;
    std::uint32_t with_alpha = 0;
    std::uint32_t opaque = 0;
};
// Nothing where wl_shm has no such format.
std::optional<ShmFormats> shm_formats_of(PixelLayout layout);

// Owned by a WaylandWindow or a WaylandCanvas.
class WaylandConnection {
  public:
    // Asks the compositor what it has: two round trips. Null where it has no wl_shm, is gone, or
    // does not answer within kPatience.
    static std::unique_ptr<WaylandConnection> open(const WaylandLibrary& wayland,
                                                   wl_display* display);
    WaylandConnection(const WaylandConnection&) = delete;
    WaylandConnection& operator=(const WaylandConnection&) = delete;

    const WaylandLibrary& wayland() const { return wayland_; }
    WaylandQueue& queue() { return queue_; }
    wl_proxy* shm() const { return shm_.get(); }
    // Which the compositor takes both with and without alpha, the preferred one first.
    std::vector<PixelLayout> layouts() const;

    // Waits until the compositor has served all that was sent. False where it does not.
    bool round_trip();

    // A compositor that is stopped must not stop the application for good.
    static constexpr std::chrono::seconds kPatience{10};

  private:
    WaylandConnection(const WaylandLibrary& wayland, wl_display* display);
    bool ask();

    static void global(void* self, wl_registry* registry, std::uint32_t name, const char* interface,
                       std::uint32_t version);
    static void global_remove(void* self, wl_registry* registry, std::uint32_t name);
    static void format(void* self, wl_shm* shm, std::uint32_t format);
    static void done(void* finished, wl_callback* callback, std::uint32_t data);

    const WaylandLibrary& wayland_;
    WaylandQueue queue_;
    const WaylandWrapper display_;
    WaylandProxy registry_;
    WaylandProxy shm_;
    std::vector<std::uint32_t> formats_;
};

}  // namespace vgpu::wsi
