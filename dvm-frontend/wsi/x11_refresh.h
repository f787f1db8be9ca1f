// How fast the screen under an X window is.
#pragma once

#include <chrono>
#include <optional>

#include "wsi/x11_library.h"

namespace vgpu::wsi {

// The period of the screen that the middle of the window lies on, or else of the fastest one, as
// RandR tells it. Nothing where the X server has no RandR or knows no rate, as Xvfb. A few round
// trips.
std::optional<std::chrono::nanoseconds> x11_refresh_period(const X11Library& x11,
                                                           xcb_connection_t* connection,
                                                           xcb_window_t window);
// Of one mode; nothing where its numbers make no sense.
std::optional<std::chrono::nanoseconds> period_of_mode(const xcb_randr_mode_info_t& mode);

}  // namespace vgpu::wsi
