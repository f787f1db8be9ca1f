// The switches of the window system code, for tests, measurements and odd X servers.
#pragma once

#include <cstdint>

namespace vgpu::wsi {

// How pixels reach the window, best first.
enum class PutWay : std::uint32_t {
    Pages,    // MIT-SHM straight from the guest pages that the GPU wrote
    Segment,  // MIT-SHM from a segment of our own, after one memcpy
    Request,  // in the requests themselves, in strips
    Nowhere,  // there is no window to put into
};

struct Options {
    // The best way that may be tried; what the X server cannot do falls to the next.
    PutWay best_put_way = PutWay::Pages;
    // Frames per second that FIFO and MAILBOX show at most; 0 shows as fast as they come. An X
    // server in a guest without a GPU paints by the clock and has no vertical blank to wait for.
    std::uint32_t refresh_hz = 60;
    // The longest request of PutWay::Request, header included; 0 takes the X server's limit.
    std::uint32_t max_request_bytes = 0;
};

// VGPU_WSI_PUT=pages|segment|request and VGPU_WSI_REFRESH_HZ=0..1000. What makes no sense is left
// at its default.
Options options_from_environment();

}  // namespace vgpu::wsi
