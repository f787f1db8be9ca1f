// Attaches, damages and commits; hears of releases and of the compositor's beat.
#include "wsi/wayland_canvas.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "base/blocked_signals.h"

namespace vgpu::wsi {
namespace {

constexpr std::uint32_t kBufferDamageVersion = 4;
constexpr std::int32_t kEverything = std::numeric_limits<std::int32_t>::max();

ShmPicture picture_of(const CanvasOrder& order) {
    const auto formats = shm_formats_of(order.layout).value_or(ShmFormats{});
    return {order.extent, bytes_per_pixel(order.layout),
            order.opaque ? formats.opaque : formats.with_alpha};
}

void ring(int eventfd) {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = write(eventfd, &one, sizeof one);
}

}  // namespace

VkResult WaylandCanvas::make(std::unique_ptr<WaylandConnection> connection, wl_surface* surface,
                             const Options& options, const CanvasOrder& order,
                             std::unique_ptr<Canvas>& canvas) {
    std::unique_ptr<WaylandCanvas> made(new WaylandCanvas(std::move(connection), surface, order));
    if (!made->surface_ || !made->wake_) return VK_ERROR_OUT_OF_HOST_MEMORY;
    if (options.best_put_way == PutWay::Pages) made->make_pages();
    // A picture that wl_shm cannot hold, or no memory: better told now than frame by frame.
    if (made->pages_.empty() && made->free_spare() == nullptr) {
        return VK_ERROR_OUT_OF_HOST_MEMORY;
    }
    made->start_hearing();
    canvas = std::move(made);
    return VK_SUCCESS;
}

WaylandCanvas::WaylandCanvas(std::unique_ptr<WaylandConnection> connection, wl_surface* surface,
                             const CanvasOrder& order)
    : connection_(std::move(connection)),
      wayland_(connection_->wayland()),
      surface_(connection_->queue().wrap(surface)),
      frames_(order.frames.begin(), order.frames.end()),
      picture_(picture_of(order)),
      listener_(*order.listener),
      wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      frame_callback_(nullptr, DestroyWaylandProxy{&wayland_}) {}

void WaylandCanvas::make_pages() {
    for (std::uint32_t image = 0; image < frames_.size(); ++image) {
        const auto released = [this, image](WaylandBuffer&) { listener_.released(image); };
        auto buffer = frames_[image].pages
                          ? WaylandBuffer::make(connection_->shm(), wayland_, picture_,
                                                *frames_[image].pages, released)
                          : nullptr;
        if (!buffer) return pages_.clear();
        pages_.push_back(std::move(buffer));
    }
}

void WaylandCanvas::start_hearing() {
    const BlockedSignals inherited;
    hearing_ = std::thread([this] { hear(); });
    pthread_setname_np(hearing_.native_handle(), "vgpu-wayland");
}

WaylandCanvas::~WaylandCanvas() {
    if (hearing_.joinable()) {
        {
            const std::lock_guard lock(lock_);
            stopping_ = true;
        }
        ring(wake_.get());
        hearing_.join();
    }
    frame_callback_.reset();
    const bool lent = !pages_.empty();
    pages_.clear();
    spares_.clear();
    // Pages may be used for something else as soon as this returns: wait for the compositor.
    if (lent && connection_->queue().alive()) {
        connection_->round_trip();
    } else {
        connection_->queue().flush();
    }
}

void WaylandCanvas::hear() {
    WaylandQueue& queue = connection_->queue();
    for (;;) {
        const bool read = queue.read(wake_.get(), std::nullopt);
        std::uint64_t rings = 0;
        [[maybe_unused]] const ssize_t got = ::read(wake_.get(), &rings, sizeof rings);
        const Lock lock(lock_);
        if (stopping_) return;
        if (!read || !queue.dispatch()) return lose();
    }
}

// With lock_ held.
void WaylandCanvas::lose() {
    lost_ = true;
    changed_.notify_all();
    listener_.lost();
}

PutOutcome WaylandCanvas::put(std::uint32_t image, std::span<const VkRect2D> damage) {
    Lock lock(lock_);
    if (lost_) return {VK_ERROR_SURFACE_LOST_KHR, false};
    WaylandBuffer* buffer = buffer_for(image, lock);
    if (lost_) return {VK_ERROR_SURFACE_LOST_KHR, false};
    if (buffer == nullptr) {
        whole_next_ = true;
        return {VK_SUCCESS, false};
    }
    const bool copied = buffer->data() != nullptr;
    if (copied) std::memcpy(buffer->data(), frames_[image].data, picture_.bytes());
    if (std::exchange(whole_next_, false)) damage = {};
    buffer->set_busy();
    ask_for_beat();
    commit(*buffer, damage);
    // The socket is full: the hearing thread sends the rest when the compositor reads again.
    if (!connection_->queue().flush()) ring(wake_.get());
    return {VK_SUCCESS, !copied};
}

WaylandBuffer* WaylandCanvas::buffer_for(std::uint32_t image, Lock& lock) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    do {
        if (may_lend_pages()) return pages_[image].get();
        if (WaylandBuffer* spare = free_spare()) return spare;
    } while (!lost_ && changed_.wait_until(lock, deadline) == std::cv_status::no_timeout);
    return nullptr;
}

// While the application has at least one image left to draw into.
bool WaylandCanvas::may_lend_pages() const {
    const auto lent = std::count_if(pages_.begin(), pages_.end(),
                                    [](const auto& buffer) { return buffer->busy(); });
    return !pages_.empty() && static_cast<std::size_t>(lent) + 1 < pages_.size();
}

WaylandBuffer* WaylandCanvas::free_spare() {
    for (const auto& spare : spares_) {
        if (!spare->busy()) return spare.get();
    }
    if (spares_.size() == kMostSpares) return nullptr;
    auto made = WaylandBuffer::make(connection_->shm(), wayland_, picture_,
                                    [this](WaylandBuffer&) { changed_.notify_all(); });
    if (!made) return nullptr;
    spares_.push_back(std::move(made));
    return spares_.back().get();
}

void WaylandCanvas::ask_for_beat() {
    wl_proxy* surface = surface_.get();
    frame_callback_.reset(
        wayland_.wl_proxy_marshal_flags(surface, WL_SURFACE_FRAME, wayland_.wl_callback_interface,
                                        wayland_.wl_proxy_get_version(surface), 0, nullptr));
    static constexpr wl_callback_listener kListener{frame_done};
    if (!frame_callback_) return;
    wayland_.wl_proxy_add_listener(frame_callback_.get(), (void (**)())(&kListener), this);
}

void WaylandCanvas::commit(const WaylandBuffer& buffer, std::span<const VkRect2D> damage) {
    wl_proxy* surface = surface_.get();
    const std::uint32_t version = wayland_.wl_proxy_get_version(surface);
    wayland_.wl_proxy_marshal_flags(surface, WL_SURFACE_ATTACH, nullptr, version, 0, buffer.get(),
                                    0, 0);
    send_damage(damage);
    wayland_.wl_proxy_marshal_flags(surface, WL_SURFACE_COMMIT, nullptr, version, 0);
}

void WaylandCanvas::send_damage(std::span<const VkRect2D> damage) {
    wl_proxy* surface = surface_.get();
    const std::uint32_t version = wayland_.wl_proxy_get_version(surface);
    // The older request counts in the surface's coordinates, which are not known here.
    const bool in_pixels = version >= kBufferDamageVersion;
    if (damage.empty() || !in_pixels) {
        wayland_.wl_proxy_marshal_flags(surface,
                                        in_pixels ? WL_SURFACE_DAMAGE_BUFFER : WL_SURFACE_DAMAGE,
                                        nullptr, version, 0, 0, 0, kEverything, kEverything);
        return;
    }
    for (const VkRect2D& rectangle : damage) {
        wayland_.wl_proxy_marshal_flags(surface, WL_SURFACE_DAMAGE_BUFFER, nullptr, version, 0,
                                        rectangle.offset.x, rectangle.offset.y,
                                        static_cast<std::int32_t>(rectangle.extent.width),
                                        static_cast<std::int32_t>(rectangle.extent.height));
    }
}

void WaylandCanvas::frame_done(void* self, wl_callback*, std::uint32_t) {
    auto& canvas = *static_cast<WaylandCanvas*>(self);
    canvas.frame_callback_.reset();
    canvas.listener_.beat();
}

VkResult WaylandCanvas::news() {
    const std::lock_guard lock(lock_);
    return lost_ || !connection_->queue().alive() ? VK_ERROR_SURFACE_LOST_KHR : VK_SUCCESS;
}

}  // namespace vgpu::wsi
