// A wl_buffer: pixels that the compositor can read, and whether it does.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "wsi/driver.h"
#include "wsi/shared_mapping.h"
#include "wsi/wayland_library.h"

namespace vgpu::wsi {

// How pixels lie in a buffer.
struct ShmPicture {
    VkExtent2D extent{};
    std::uint32_t bytes_per_pixel = 4;
    std::uint32_t format = 0;  // of wl_shm

    std::size_t bytes() const {
        return std::size_t{extent.width} * extent.height * bytes_per_pixel;
    }
};

// Owned by the WaylandCanvas, and used under its lock; at one address for as long as it lives.
class WaylandBuffer {
  public:
    using Released = std::function<void(WaylandBuffer&)>;

    // Of a range of a file. Null where the compositor could not map it (which it would answer by
    // ending the application's connection), or without memory. `released` is called when the
    // compositor lets go of it.
    static std::unique_ptr<WaylandBuffer> make(wl_proxy* shm, const WaylandLibrary& wayland,
                                               const ShmPicture& picture,
                                               const ShareableRange& pages, Released released);
    // Of memory of its own.
    static std::unique_ptr<WaylandBuffer> make(wl_proxy* shm, const WaylandLibrary& wayland,
                                               const ShmPicture& picture, Released released);
    WaylandBuffer(const WaylandBuffer&) = delete;
    WaylandBuffer& operator=(const WaylandBuffer&) = delete;
    ~WaylandBuffer();

    wl_proxy* get() const { return buffer_; }
    // Null where it shows somebody else's pages.
    void* data() const { return memory_ ? memory_->data() : nullptr; }
    // From attach to release.
    bool busy() const { return busy_; }
    void set_busy() { busy_ = true; }

  private:
    WaylandBuffer(const WaylandLibrary& wayland, Released released)
        : wayland_(wayland), released_(std::move(released)) {}
    bool create(wl_proxy* shm, const ShmPicture& picture, int fd, std::size_t offset);
    static void release(void* self, wl_buffer* buffer);

    const WaylandLibrary& wayland_;
    const Released released_;
    std::unique_ptr<SharedMapping> memory_;
    wl_proxy* buffer_ = nullptr;
    bool busy_ = false;
};

}  // namespace vgpu::wsi
