// Shared memory that the X server has mapped.
#pragma once

#include <optional>

#include "base/unique_fd.h"
#include "wsi/x11_library.h"

namespace vgpu::wsi {

// Whether descriptors can be handed to this X server for MIT-SHM. A round trip.
bool shm_takes_descriptors(const X11Library& x11, xcb_connection_t* connection);

// One segment attached, for reading, by the X server; detached when destroyed. Owned by a PixelPut.
class X11Segment {
  public:
    // Nothing when the server refuses it (a file that it cannot map, no memory). A round trip.
    static std::optional<X11Segment> attach(const X11Library& x11, xcb_connection_t* connection,
                                            UniqueFd file);
    X11Segment(X11Segment&& other) noexcept;
    X11Segment& operator=(X11Segment&&) = delete;
    ~X11Segment();

    xcb_shm_seg_t id() const { return id_; }

  private:
    X11Segment(const X11Library& x11, xcb_connection_t* connection, xcb_shm_seg_t id)
        : x11_(x11), connection_(connection), id_(id) {}

    const X11Library& x11_;
    xcb_connection_t* connection_;
    xcb_shm_seg_t id_;
};

}  // namespace vgpu::wsi
