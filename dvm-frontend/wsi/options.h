// The switches of the window system code, for tests, measurements and odd X servers.
#pragma once

#include <cstdint>
#include <optional>

namespace vgpu::wsi {

// How pixels reach the window, best first.
enum class PutWay : std::uint32_t {
    Pages,    // straight from the guest pages that the GPU wrote (MIT-SHM, wl_shm)
    Segment,  // from shared memory of our own, after one memcpy
    Request,  // in the requests themselves, in strips (X11; elsewhere as Segment)
    Nowhere,  // there is no window to put into
};

// An X server without a screen paints by the clock and has no rate to tell.
inline constexpr std::uint32_t kDefaultRefreshHz = 60;

struct Options {
    // The best way that may be tried; what the X server cannot do falls to the next.
    PutWay best_put_way = PutWay::Pages;
    // Frames per second that FIFO and MAILBOX show at most; 0 shows as fast as they come. Nothing:
    // as the window system says, and kDefaultRefreshHz where it says nothing.
    std::optional<std::uint32_t> refresh_hz;
    // The longest request of PutWay::Request, header included; 0 takes the X server's limit.
    std::uint32_t max_request_bytes = 0;
};

// VGPU_WSI_PUT=pages|segment|request and VGPU_WSI_REFRESH_HZ=0..1000. What makes no sense is left
// at its default.
Options options_from_environment();

}  // namespace vgpu::wsi
