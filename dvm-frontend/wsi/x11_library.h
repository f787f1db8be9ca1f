// The X libraries, loaded when the first X surface is made: a machine without them needs none.
#pragma once

#include <xcb/present.h>
#include <xcb/randr.h>
#include <xcb/shm.h>
#include <xcb/xcb.h>

#include <cstdlib>
#include <memory>

struct _XDisplay;

namespace vgpu::wsi {

#define VGPU_WSI_XCB_FUNCTIONS(X)         \
    X(xcb_connection_has_error)           \
    X(xcb_get_setup)                      \
    X(xcb_get_file_descriptor)            \
    X(xcb_get_extension_data)             \
    X(xcb_get_maximum_request_length)     \
    X(xcb_generate_id)                    \
    X(xcb_request_check)                  \
    X(xcb_discard_reply)                  \
    X(xcb_setup_roots_iterator)           \
    X(xcb_screen_next)                    \
    X(xcb_screen_allowed_depths_iterator) \
    X(xcb_depth_next)                     \
    X(xcb_depth_visuals)                  \
    X(xcb_depth_visuals_length)           \
    X(xcb_setup_pixmap_formats)           \
    X(xcb_setup_pixmap_formats_length)    \
    X(xcb_get_geometry)                   \
    X(xcb_get_geometry_reply)             \
    X(xcb_get_window_attributes)          \
    X(xcb_get_window_attributes_reply)    \
    X(xcb_translate_coordinates)          \
    X(xcb_translate_coordinates_reply)    \
    X(xcb_create_gc_checked)              \
    X(xcb_free_gc_checked)                \
    X(xcb_put_image_checked)              \
    X(xcb_create_pixmap_checked)          \
    X(xcb_free_pixmap_checked)            \
    X(xcb_copy_area_checked)              \
    X(xcb_register_for_special_xge)       \
    X(xcb_unregister_for_special_event)   \
    X(xcb_poll_for_special_event)

#define VGPU_WSI_SHM_FUNCTIONS(X)  \
    X(xcb_shm_query_version)       \
    X(xcb_shm_query_version_reply) \
    X(xcb_shm_attach_fd_checked)   \
    X(xcb_shm_detach_checked)      \
    X(xcb_shm_put_image_checked)

#define VGPU_WSI_PRESENT_FUNCTIONS(X)  \
    X(xcb_present_query_version)       \
    X(xcb_present_query_version_reply) \
    X(xcb_present_select_input_checked)

#define VGPU_WSI_RANDR_FUNCTIONS(X)                 \
    X(xcb_randr_query_version)                      \
    X(xcb_randr_query_version_reply)                \
    X(xcb_randr_get_screen_resources_current)       \
    X(xcb_randr_get_screen_resources_current_reply) \
    X(xcb_randr_get_screen_resources_current_modes) \
    X(xcb_randr_get_screen_resources_current_crtcs) \
    X(xcb_randr_get_crtc_info)                      \
    X(xcb_randr_get_crtc_info_reply)

// Owned by the Platform; immutable once loaded, so any thread may use it. The libraries stay
// loaded when it goes: the application most likely uses them too.
class X11Library {
  public:
    // Null where libxcb is not installed.
    static std::unique_ptr<X11Library> load();

    bool has_shm() const { return shm_id != nullptr; }
    bool has_present() const { return present_id != nullptr; }
    bool has_randr() const { return randr_id != nullptr; }
    bool has_xlib() const { return XGetXCBConnection != nullptr; }

#define VGPU_WSI_DECLARE(name) decltype(&::name) name = nullptr;
    VGPU_WSI_XCB_FUNCTIONS(VGPU_WSI_DECLARE)
    // There with has_shm(), has_present() and has_randr() respectively.
    VGPU_WSI_SHM_FUNCTIONS(VGPU_WSI_DECLARE)
    VGPU_WSI_PRESENT_FUNCTIONS(VGPU_WSI_DECLARE)
    VGPU_WSI_RANDR_FUNCTIONS(VGPU_WSI_DECLARE)
#undef VGPU_WSI_DECLARE
    xcb_extension_t* shm_id = nullptr;
    xcb_extension_t* present_id = nullptr;
    xcb_extension_t* randr_id = nullptr;
    xcb_connection_t* (*XGetXCBConnection)(_XDisplay*) = nullptr;

  private:
    X11Library() = default;
    bool load_xcb();
    void load_shm();
    void load_present();
    void load_randr();
    void load_xlib();
};

struct FreeReply {
    void operator()(void* reply) const { std::free(reply); }
};
// What xcb hands out and wants freed: replies, errors, events.
template <typename T>
using XcbPtr = std::unique_ptr<T, FreeReply>;

}  // namespace vgpu::wsi
