// Puts a frame and asks for the window's size in one round trip.
#include "wsi/x11_canvas.h"

#include <utility>

#include "wsi/x11_refresh.h"

namespace vgpu::wsi {

X11Graphics::X11Graphics(const X11Library& x11, xcb_connection_t* connection, xcb_window_t window)
    : x11_(x11), connection_(connection), id_(x11.xcb_generate_id(connection)) {
    const std::uint32_t no_exposures = 0;
    const auto cookie = x11_.xcb_create_gc_checked(connection_, id_, window,
                                                   XCB_GC_GRAPHICS_EXPOSURES, &no_exposures);
    const XcbPtr<xcb_generic_error_t> error(x11_.xcb_request_check(connection_, cookie));
    if (error || x11_.xcb_connection_has_error(connection_)) id_ = 0;
}

X11Graphics::~X11Graphics() {
    if (id_ == 0) return;
    const auto cookie = x11_.xcb_free_gc_checked(connection_, id_);
    x11_.xcb_discard_reply(connection_, cookie.sequence);
}

VkResult X11Canvas::make(PutTarget target, VkExtent2D window_extent, const Options& options,
                         std::span<const FramePixels> frames, std::unique_ptr<Canvas>& canvas) {
    auto graphics = std::make_unique<X11Graphics>(*target.x11, target.connection, target.window);
    if (graphics->id() == 0) return VK_ERROR_SURFACE_LOST_KHR;
    target.graphics = graphics->id();
    auto put = make_pixel_put(target, options, frames);
    canvas.reset(new X11Canvas(target, window_extent, std::move(graphics), std::move(put)));
    return VK_SUCCESS;
}

X11Canvas::X11Canvas(const PutTarget& target, VkExtent2D window_extent,
                     std::unique_ptr<X11Graphics> graphics, std::unique_ptr<PixelPut> put)
    : target_(target),
      graphics_(std::move(graphics)),
      put_(std::move(put)),
      watch_(*target.x11, target.connection, target.window),
      window_extent_(window_extent) {}

// Always the whole frame: what covers the window may have taken any part of it away, and one
// request is one picture, which the X server draws before it looks at the next.
PutOutcome X11Canvas::put(std::uint32_t image, std::span<const VkRect2D>) {
    const X11Library& x11 = *target_.x11;
    sent_.clear();
    put_->send(image, sent_);
    const auto cookie = x11.xcb_get_geometry(target_.connection, target_.window);
    xcb_generic_error_t* error = nullptr;
    // The server answers in order: once it has, it has also read the pixels.
    const XcbPtr<xcb_get_geometry_reply_t> geometry(
        x11.xcb_get_geometry_reply(target_.connection, cookie, &error));
    const XcbPtr<xcb_generic_error_t> freed(error);
    const bool failed = collect_errors() || !geometry;

    const std::lock_guard lock(lock_);
    if (failed) lost_ = true;
    if (geometry) window_extent_ = {geometry->width, geometry->height};
    // Events that the server sent before its answer to `cookie` are older than the answer.
    hear(cookie.sequence);
    return {judge(), false};
}

std::optional<std::chrono::nanoseconds> X11Canvas::refresh_period() {
    return x11_refresh_period(*target_.x11, target_.connection, target_.window);
}

bool X11Canvas::collect_errors() {
    bool failed = false;
    for (const xcb_void_cookie_t cookie : sent_) {
        const XcbPtr<xcb_generic_error_t> error(
            target_.x11->xcb_request_check(target_.connection, cookie));
        failed = failed || error;
    }
    return failed;
}

VkResult X11Canvas::news() {
    const std::lock_guard lock(lock_);
    hear(std::nullopt);
    return judge();
}

void X11Canvas::hear(std::optional<std::uint32_t> since) {
    const X11ResizeWatch::News news = watch_.poll();
    if (news.destroyed || target_.x11->xcb_connection_has_error(target_.connection)) lost_ = true;
    if (!news.extent) return;
    // Sequence numbers wrap.
    const bool stale = since && static_cast<std::int32_t>(news.sequence - *since) < 0;
    if (!stale) window_extent_ = *news.extent;
}

VkResult X11Canvas::judge() const {
    if (lost_) return VK_ERROR_SURFACE_LOST_KHR;
    const bool fits = window_extent_.width == target_.extent.width &&
                      window_extent_.height == target_.extent.height;
    return fits ? VK_SUCCESS : VK_SUBOPTIMAL_KHR;
}

}  // namespace vgpu::wsi
