// The Wayland client library, loaded when the first Wayland surface is made: a machine without it
// needs none.
#pragma once

#include <wayland-client.h>

#include <memory>

namespace vgpu::wsi {

// wl_proxy_marshal_flags came with version 1.20 of the library (December 2021).
#define VGPU_WSI_WAYLAND_FUNCTIONS(X)    \
    X(wl_display_get_error)              \
    X(wl_display_get_fd)                 \
    X(wl_display_flush)                  \
    X(wl_display_create_queue)           \
    X(wl_event_queue_destroy)            \
    X(wl_display_prepare_read_queue)     \
    X(wl_display_cancel_read)            \
    X(wl_display_read_events)            \
    X(wl_display_dispatch_queue_pending) \
    X(wl_proxy_create_wrapper)           \
    X(wl_proxy_wrapper_destroy)          \
    X(wl_proxy_set_queue)                \
    X(wl_proxy_marshal_flags)            \
    X(wl_proxy_add_listener)             \
    X(wl_proxy_destroy)                  \
    X(wl_proxy_get_version)

#define VGPU_WSI_WAYLAND_INTERFACES(X) \
    X(wl_registry_interface)           \
    X(wl_shm_interface)                \
    X(wl_shm_pool_interface)           \
    X(wl_buffer_interface)             \
    X(wl_callback_interface)

// Owned by the Platform; immutable once loaded, so any thread may use it. The library stays loaded
// when it goes: the application uses it too. The inline functions of its header are not for us:
// they name symbols of the library.
class WaylandLibrary {
  public:
    // Null where libwayland-client is not installed, or too old.
    static std::unique_ptr<WaylandLibrary> load();

#define VGPU_WSI_DECLARE(name) decltype(&::name) name = nullptr;
    VGPU_WSI_WAYLAND_FUNCTIONS(VGPU_WSI_DECLARE)
    VGPU_WSI_WAYLAND_INTERFACES(VGPU_WSI_DECLARE)
#undef VGPU_WSI_DECLARE

  private:
    WaylandLibrary() = default;
    bool find_all();
};

// Objects of the protocol as what all of them are.
template <typename Object>
wl_proxy* as_proxy(Object* object) {
    return reinterpret_cast<wl_proxy*>(object);
}

// Owns one object that this process has made.
struct DestroyWaylandProxy {
    const WaylandLibrary* wayland;
    void operator()(wl_proxy* proxy) const { wayland->wl_proxy_destroy(proxy); }
};
using WaylandProxy = std::unique_ptr<wl_proxy, DestroyWaylandProxy>;

// Owns a second view of an object of the application's, with an event queue of our own: what is
// made by it has that queue from its first moment, and the application's queue is left alone.
struct DestroyWaylandWrapper {
    const WaylandLibrary* wayland;
    void operator()(wl_proxy* wrapper) const { wayland->wl_proxy_wrapper_destroy(wrapper); }
};
using WaylandWrapper = std::unique_ptr<wl_proxy, DestroyWaylandWrapper>;

}  // namespace vgpu::wsi
