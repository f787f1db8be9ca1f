// What an X server says about its visuals.
#pragma once

#include <cstdint>

#include "wsi/pixel_layout.h"
#include "wsi/x11_library.h"

namespace vgpu::wsi {

struct VisualLook {
    PixelLayout layout = PixelLayout::Unknown;  // Unknown: not one that images can be put into
    std::uint8_t depth = 0;
    bool has_alpha = false;
};

// From the connection's setup: no round trip.
VisualLook look_at_visual(const X11Library& x11, xcb_connection_t* connection,
                          xcb_visualid_t visual);

}  // namespace vgpu::wsi
