// Serves wl_compositor and wl_shm to one client.
#include "compositor.h"

#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "tests/catch.h"

namespace vgpu::wsi::test {

// The requests of the protocol, as libwayland-server calls them.
struct Requests {
    using Surface = Compositor::Surface;

    static Surface& of(wl_resource* resource) {
        return *static_cast<Surface*>(wl_resource_get_user_data(resource));
    }
    static void destroy(wl_client*, wl_resource* resource) { wl_resource_destroy(resource); }

    static void attach(wl_client*, wl_resource* resource, wl_resource* buffer, std::int32_t,
                       std::int32_t) {
        of(resource).pending = buffer;
        of(resource).attached = true;
    }
    static void damage(wl_client*, wl_resource* resource, std::int32_t x, std::int32_t y,
                       std::int32_t width, std::int32_t height) {
        of(resource).pending_damage.push_back(
            {{x, y}, {static_cast<std::uint32_t>(width), static_cast<std::uint32_t>(height)}});
    }
    static void frame(wl_client* client, wl_resource* resource, std::uint32_t id) {
        wl_resource* callback = wl_resource_create(client, &wl_callback_interface, 1, id);
        wl_resource_set_implementation(callback, nullptr, of(resource).compositor, gone_callback);
        of(resource).pending_callbacks.push_back(callback);
    }
    static void gone_callback(wl_resource* callback) {
        auto& compositor = *static_cast<Compositor*>(wl_resource_get_user_data(callback));
        compositor.forget(callback);
    }
    static void region(wl_client*, wl_resource*, wl_resource*) {}
    static void commit(wl_client*, wl_resource* resource) {
        Surface& surface = of(resource);
        const std::lock_guard lock(surface.compositor->lock_);
        ++surface.seen.commits;
        surface.seen.damage = std::exchange(surface.pending_damage, {});
        surface.callbacks.insert(surface.callbacks.end(), surface.pending_callbacks.begin(),
                                 surface.pending_callbacks.end());
        surface.pending_callbacks.clear();
        if (!std::exchange(surface.attached, false)) return;
        if (surface.current != nullptr) surface.replaced.push_back(surface.current);
        surface.current = std::exchange(surface.pending, nullptr);
        surface.read_before = false;
        watch(*surface.compositor, surface.current);
    }
    static void number(wl_client*, wl_resource*, std::int32_t) {}
    static void offset(wl_client*, wl_resource*, std::int32_t, std::int32_t) {}

    // A client may destroy a buffer that is shown.
    struct Watch {
        wl_listener gone;
        Compositor* compositor;
    };
    static void watch(Compositor& compositor, wl_resource* buffer) {
        if (buffer == nullptr || wl_resource_get_destroy_listener(buffer, gone) != nullptr) return;
        auto* watch = new Watch{{{}, gone}, &compositor};
        wl_resource_add_destroy_listener(buffer, &watch->gone);
    }
    static void gone(wl_listener* listener, void* buffer) {
        auto* watch = reinterpret_cast<Watch*>(listener);
        watch->compositor->forget(static_cast<wl_resource*>(buffer));
        delete watch;
    }

    static void create_surface(wl_client* client, wl_resource* resource, std::uint32_t id) {
        static const struct wl_surface_interface kSurface = {
            destroy, attach, damage, frame, region, region, commit, number, number, damage, offset};
        auto& compositor = *static_cast<Compositor*>(wl_resource_get_user_data(resource));
        const std::lock_guard lock(compositor.lock_);
        Surface& surface = compositor.surfaces_.emplace_back();
        surface.compositor = &compositor;
        wl_resource* made = wl_resource_create(client, &wl_surface_interface,
                                               wl_resource_get_version(resource), id);
        wl_resource_set_implementation(made, &kSurface, &surface, nullptr);
    }
    static void create_region(wl_client* client, wl_resource*, std::uint32_t id) {
        wl_resource_create(client, &wl_region_interface, 1, id);
    }
    static void bind(wl_client* client, void* compositor, std::uint32_t version, std::uint32_t id) {
        static const struct wl_compositor_interface kCompositor = {create_surface, create_region};
        wl_resource* resource =
            wl_resource_create(client, &wl_compositor_interface, static_cast<int>(version), id);
        wl_resource_set_implementation(resource, &kCompositor, compositor, nullptr);
    }
};

Compositor::Compositor(const Ways& ways) : ways_(ways), end_(eventfd(0, EFD_CLOEXEC)) {
    int ends[2];
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    client_end_ = UniqueFd(ends[0]);
    thread_ = std::thread([this, server_end = ends[1]] { run(server_end); });
}

void Compositor::run(int server_end) {
    display_ = wl_display_create();
    wl_display_init_shm(display_);
    for (const std::uint32_t format : ways_.more_formats)
        wl_display_add_shm_format(display_, format);
    wl_global_create(display_, &wl_compositor_interface, static_cast<int>(ways_.version), this,
                     Requests::bind);
    wl_event_loop* loop = wl_display_get_event_loop(display_);
    clock_ = wl_event_loop_add_timer(loop, on_tick, this);
    on_tick(this);
    wl_event_loop_add_fd(loop, end_.get(), WL_EVENT_READABLE, on_end, this);
    wl_client_create(display_, server_end);
    wl_display_run(display_);
    wl_display_destroy_clients(display_);
    wl_display_destroy(display_);
}

void Compositor::die() {
    if (!thread_.joinable()) return;
    sleeps = false;
    const std::uint64_t one = 1;
    REQUIRE(write(end_.get(), &one, sizeof one) == sizeof one);
    thread_.join();
}

int Compositor::on_end(int, std::uint32_t, void* self) {
    wl_display_terminate(static_cast<Compositor*>(self)->display_);
    return 0;
}

int Compositor::on_tick(void* self) {
    auto& compositor = *static_cast<Compositor*>(self);
    while (compositor.sleeps) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    compositor.repaint();
    wl_event_source_timer_update(compositor.clock_,
                                 static_cast<int>(compositor.ways_.period.count()));
    return 0;
}

void Compositor::repaint() {
    const std::lock_guard lock(lock_);
    for (Surface& surface : surfaces_) repaint(surface);
    wl_display_flush_clients(display_);
}

void Compositor::repaint(Surface& surface) {
    if (surface.current != nullptr) read(surface);
    if (gives_back) give_back(surface);
    if (!gives_beats) return;
    for (wl_resource* callback : std::exchange(surface.callbacks, {})) {
        wl_callback_send_done(callback, 0);
        wl_resource_set_destructor(callback, nullptr);
        wl_resource_destroy(callback);
    }
}

void Compositor::read(Surface& surface) {
    wl_shm_buffer* buffer = wl_shm_buffer_get(surface.current);
    if (buffer == nullptr) return;
    const auto width = static_cast<std::uint32_t>(wl_shm_buffer_get_width(buffer));
    const auto height = static_cast<std::uint32_t>(wl_shm_buffer_get_height(buffer));
    const auto stride = static_cast<std::size_t>(wl_shm_buffer_get_stride(buffer));
    const std::uint32_t format = wl_shm_buffer_get_format(buffer);
    const std::size_t row = std::size_t{width} * (format == WL_SHM_FORMAT_RGB565 ? 2 : 4);
    std::vector<std::uint8_t> pixels(row * height);
    wl_shm_buffer_begin_access(buffer);
    const auto* data = static_cast<const std::uint8_t*>(wl_shm_buffer_get_data(buffer));
    for (std::uint32_t y = 0; y < height; ++y) {
        std::memcpy(pixels.data() + y * row, data + y * stride, row);
    }
    wl_shm_buffer_end_access(buffer);
    if (surface.read_before && pixels != surface.seen.pixels) ++overwritten_;
    surface.read_before = true;
    surface.seen.format = format;
    surface.seen.extent = {width, height};
    surface.seen.pixels = std::move(pixels);
}

void Compositor::give_back(Surface& surface) {
    for (wl_resource* buffer : std::exchange(surface.replaced, {})) {
        if (buffer != surface.current) wl_buffer_send_release(buffer);
    }
}

void Compositor::forget(wl_resource* resource) {
    for (Surface& surface : surfaces_) {
        if (surface.current == resource) surface.current = nullptr;
        if (surface.pending == resource) surface.pending = nullptr;
        std::erase(surface.replaced, resource);
        std::erase(surface.callbacks, resource);
        std::erase(surface.pending_callbacks, resource);
    }
}

Seen Compositor::seen(std::size_t surface) {
    const std::lock_guard lock(lock_);
    if (surface >= surfaces_.size()) return {};
    return std::next(surfaces_.begin(), static_cast<std::ptrdiff_t>(surface))->seen;
}

}  // namespace vgpu::wsi::test
