// The three ways of getting pixels into an X window.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "wsi/options.h"
#include "wsi/window.h"
#include "wsi/x11_library.h"

namespace vgpu::wsi {

// Of every visual that images are put into (x11_visual.cpp).
inline constexpr std::uint32_t kX11BytesPerPixel = 4;

// Where pixels go. The X library, window and graphics context outlive what holds a copy of this.
struct PutTarget {
    const X11Library* x11 = nullptr;
    xcb_connection_t* connection = nullptr;
    xcb_window_t window = 0;
    xcb_gcontext_t graphics = 0;
    std::uint8_t depth = 0;
    VkExtent2D extent{};

    std::size_t frame_bytes() const {
        return std::size_t{extent.width} * extent.height * kX11BytesPerPixel;
    }
};

// Owned by the X11Canvas, used by one thread at a time.
class PixelPut {
  public:
    virtual ~PixelPut() = default;
    // Sends the checked requests that show image `image` and appends their cookies. The pixels are
    // read until the X server has answered the last of them.
    virtual void send(std::uint32_t image, std::vector<xcb_void_cookie_t>& sent) = 0;
    virtual PutWay way() const = 0;
};

// The best way that options, X server and frames allow; PutWay::Request always works.
std::unique_ptr<PixelPut> make_pixel_put(const PutTarget& target, const Options& options,
                                         std::span<const FramePixels> frames);

}  // namespace vgpu::wsi
