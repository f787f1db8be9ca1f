// Makes wl_shm buffers.
#include "wsi/wayland_buffer.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <limits>

namespace vgpu::wsi {
namespace {

constexpr std::size_t kMostBytes = std::numeric_limits<std::int32_t>::max();

// The compositor maps a pool from the file's beginning. Where it cannot, or finds the file too
// short, it ends the connection: look before asking. A granted page's file has no size.
bool can_be_mapped(int fd, std::size_t bytes) {
    struct stat status {};
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) return false;
    if (status.st_size < 0 || static_cast<std::size_t>(status.st_size) < bytes) return false;
    void* data = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (data == MAP_FAILED) return false;
    munmap(data, bytes);
    return true;
}

}  // namespace

std::unique_ptr<WaylandBuffer> WaylandBuffer::make(wl_proxy* shm, const WaylandLibrary& wayland,
                                                   const ShmPicture& picture,
                                                   const ShareableRange& pages, Released released) {
    if (pages.bytes < picture.bytes() || pages.offset > kMostBytes) return nullptr;
    std::unique_ptr<WaylandBuffer> buffer(new WaylandBuffer(wayland, std::move(released)));
    return buffer->create(shm, picture, pages.fd, pages.offset) ? std::move(buffer) : nullptr;
}

std::unique_ptr<WaylandBuffer> WaylandBuffer::make(wl_proxy* shm, const WaylandLibrary& wayland,
                                                   const ShmPicture& picture, Released released) {
    std::unique_ptr<WaylandBuffer> buffer(new WaylandBuffer(wayland, std::move(released)));
    buffer->memory_ = std::make_unique<SharedMapping>(picture.bytes());
    if (buffer->memory_->data() == nullptr) return nullptr;
    const bool made = buffer->create(shm, picture, buffer->memory_->file(), 0);
    return made ? std::move(buffer) : nullptr;
}

bool WaylandBuffer::create(wl_proxy* shm, const ShmPicture& picture, int fd, std::size_t offset) {
    const std::size_t stride = std::size_t{picture.extent.width} * picture.bytes_per_pixel;
    const std::size_t end = offset + picture.bytes();
    if (picture.bytes() == 0 || stride > kMostBytes || end > kMostBytes) return false;
    if (!can_be_mapped(fd, end)) return false;
    // The library sends a copy of the descriptor.
    wl_proxy* pool = wayland_.wl_proxy_marshal_flags(
        shm, WL_SHM_CREATE_POOL, wayland_.wl_shm_pool_interface, wayland_.wl_proxy_get_version(shm),
        0, nullptr, fd, static_cast<std::int32_t>(end));
    if (pool == nullptr) return false;
    const std::uint32_t version = wayland_.wl_proxy_get_version(pool);
    buffer_ = wayland_.wl_proxy_marshal_flags(
        pool, WL_SHM_POOL_CREATE_BUFFER, wayland_.wl_buffer_interface, version, 0, nullptr,
        static_cast<std::int32_t>(offset), static_cast<std::int32_t>(picture.extent.width),
        static_cast<std::int32_t>(picture.extent.height), static_cast<std::int32_t>(stride),
        picture.format);
    // The buffer keeps what it needs of the pool.
    wayland_.wl_proxy_marshal_flags(pool, WL_SHM_POOL_DESTROY, nullptr, version,
                                    WL_MARSHAL_FLAG_DESTROY);
    if (buffer_ == nullptr) return false;
    static constexpr wl_buffer_listener kListener{release};
    wayland_.wl_proxy_add_listener(buffer_, (void (**)())(&kListener), this);
    return true;
}

WaylandBuffer::~WaylandBuffer() {
    if (buffer_ == nullptr) return;
    wayland_.wl_proxy_marshal_flags(buffer_, WL_BUFFER_DESTROY, nullptr,
                                    wayland_.wl_proxy_get_version(buffer_),
                                    WL_MARSHAL_FLAG_DESTROY);
}

void WaylandBuffer::release(void* self, wl_buffer*) {
    auto& buffer = *static_cast<WaylandBuffer*>(self);
    buffer.busy_ = false;
    buffer.released_(buffer);
}

}  // namespace vgpu::wsi
