// Listens to the Present extension's ConfigureNotify.
#include "wsi/x11_resize_watch.h"

namespace vgpu::wsi {
namespace {

// In ConfigureNotify's pixmap_flags, since version 1.3 of the extension.
constexpr std::uint32_t kWindowDestroyed = 1;

bool server_has_present(const X11Library& x11, xcb_connection_t* connection) {
    if (!x11.has_present()) return false;
    const auto* extension = x11.xcb_get_extension_data(connection, x11.present_id);
    if (extension == nullptr || !extension->present) return false;
    const auto cookie = x11.xcb_present_query_version(connection, XCB_PRESENT_MAJOR_VERSION,
                                                      XCB_PRESENT_MINOR_VERSION);
    xcb_generic_error_t* error = nullptr;
    const XcbPtr<xcb_present_query_version_reply_t> version(
        x11.xcb_present_query_version_reply(connection, cookie, &error));
    const XcbPtr<xcb_generic_error_t> freed(error);
    return version != nullptr;
}

}  // namespace

X11ResizeWatch::X11ResizeWatch(const X11Library& x11, xcb_connection_t* connection,
                               xcb_window_t window)
    : x11_(x11), connection_(connection), window_(window) {
    if (!server_has_present(x11, connection)) return;
    id_ = x11_.xcb_generate_id(connection_);
    // The queue first: an event without one would reach the application.
    queue_ = x11_.xcb_register_for_special_xge(connection_, x11_.present_id, id_, nullptr);
    if (queue_ != nullptr) listen(XCB_PRESENT_EVENT_MASK_CONFIGURE_NOTIFY);
}

X11ResizeWatch::~X11ResizeWatch() {
    if (queue_ == nullptr) return;
    // The server has answered before the queue goes, for the same reason.
    listen(XCB_PRESENT_EVENT_MASK_NO_EVENT);
    x11_.xcb_unregister_for_special_event(connection_, queue_);
}

void X11ResizeWatch::listen(std::uint32_t events) {
    const auto cookie = x11_.xcb_present_select_input_checked(connection_, id_, window_, events);
    // An error (the window is gone) is found by the next put.
    const XcbPtr<xcb_generic_error_t> freed(x11_.xcb_request_check(connection_, cookie));
}

X11ResizeWatch::News X11ResizeWatch::poll() {
    News news;
    if (queue_ == nullptr) return news;
    while (const XcbPtr<xcb_generic_event_t> event{
        x11_.xcb_poll_for_special_event(connection_, queue_)}) {
        const auto* generic = reinterpret_cast<const xcb_present_generic_event_t*>(event.get());
        if (generic->evtype != XCB_PRESENT_CONFIGURE_NOTIFY) continue;
        const auto* notify =
            reinterpret_cast<const xcb_present_configure_notify_event_t*>(event.get());
        if (notify->pixmap_flags & kWindowDestroyed) news.destroyed = true;
        news.extent = VkExtent2D{notify->width, notify->height};
        news.sequence = notify->full_sequence;
    }
    return news;
}

}  // namespace vgpu::wsi
