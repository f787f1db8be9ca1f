// Attaches memory to the X server by descriptor.
#include "wsi/x11_segment.h"

#include <sys/socket.h>

#include <utility>

namespace vgpu::wsi {

bool shm_takes_descriptors(const X11Library& x11, xcb_connection_t* connection) {
    if (!x11.has_shm()) return false;
    // Over any other socket xcb would shut the application's connection down.
    int domain = 0;
    socklen_t bytes = sizeof domain;
    const int socket = x11.xcb_get_file_descriptor(connection);
    if (getsockopt(socket, SOL_SOCKET, SO_DOMAIN, &domain, &bytes) != 0 || domain != AF_UNIX) {
        return false;
    }
    const auto* extension = x11.xcb_get_extension_data(connection, x11.shm_id);
    if (extension == nullptr || !extension->present) return false;
    const auto cookie = x11.xcb_shm_query_version(connection);
    xcb_generic_error_t* error = nullptr;
    const XcbPtr<xcb_shm_query_version_reply_t> version(
        x11.xcb_shm_query_version_reply(connection, cookie, &error));
    const XcbPtr<xcb_generic_error_t> freed(error);
    if (!version) return false;
    return version->major_version > 1 ||
           (version->major_version == 1 && version->minor_version >= 2);
}

std::optional<X11Segment> X11Segment::attach(const X11Library& x11, xcb_connection_t* connection,
                                             UniqueFd file) {
    const xcb_shm_seg_t id = x11.xcb_generate_id(connection);
    // xcb closes the descriptor once it is sent.
    const auto cookie =
        x11.xcb_shm_attach_fd_checked(connection, id, file.release(), /*read_only=*/1);
    const XcbPtr<xcb_generic_error_t> error(x11.xcb_request_check(connection, cookie));
    if (error || x11.xcb_connection_has_error(connection)) return std::nullopt;
    return X11Segment(x11, connection, id);
}

X11Segment::X11Segment(X11Segment&& other) noexcept
    : x11_(other.x11_), connection_(other.connection_), id_(std::exchange(other.id_, 0)) {}

X11Segment::~X11Segment() {
    if (id_ == 0) return;
    const auto cookie = x11_.xcb_shm_detach_checked(connection_, id_);
    // The pages may be used for something else as soon as this returns: wait for the server.
    const XcbPtr<xcb_generic_error_t> freed(x11_.xcb_request_check(connection_, cookie));
}

}  // namespace vgpu::wsi
