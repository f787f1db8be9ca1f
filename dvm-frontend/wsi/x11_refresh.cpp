// Asks RandR for the screens' modes.
#include "wsi/x11_refresh.h"

#include <algorithm>
#include <span>

namespace vgpu::wsi {
namespace {

using Period = std::optional<std::chrono::nanoseconds>;

// Rates beyond these are mistakes of a server or of a mode line.
constexpr double kMinHz = 1;
constexpr double kMaxHz = 1000;

struct Middle {
    xcb_window_t root = 0;
    int x = 0;
    int y = 0;
};

template <typename Reply, typename Cookie, typename Get>
XcbPtr<Reply> reply_to(xcb_connection_t* connection, Cookie cookie, Get get) {
    xcb_generic_error_t* error = nullptr;
    XcbPtr<Reply> reply(get(connection, cookie, &error));
    const XcbPtr<xcb_generic_error_t> freed(error);
    return reply;
}

bool server_has_randr(const X11Library& x11, xcb_connection_t* connection) {
    if (!x11.has_randr()) return false;
    const auto* extension = x11.xcb_get_extension_data(connection, x11.randr_id);
    if (extension == nullptr || !extension->present) return false;
    const auto version = reply_to<xcb_randr_query_version_reply_t>(
        connection, x11.xcb_randr_query_version(connection, 1, 3),
        x11.xcb_randr_query_version_reply);
    return version && (version->major_version > 1 || version->minor_version >= 3);
}

std::optional<Middle> middle_of(const X11Library& x11, xcb_connection_t* connection,
                                xcb_window_t window) {
    const auto geometry = reply_to<xcb_get_geometry_reply_t>(
        connection, x11.xcb_get_geometry(connection, window), x11.xcb_get_geometry_reply);
    if (!geometry) return std::nullopt;
    const auto x = static_cast<std::int16_t>(geometry->width / 2);
    const auto y = static_cast<std::int16_t>(geometry->height / 2);
    const auto place = reply_to<xcb_translate_coordinates_reply_t>(
        connection, x11.xcb_translate_coordinates(connection, window, geometry->root, x, y),
        x11.xcb_translate_coordinates_reply);
    if (!place) return std::nullopt;
    return Middle{geometry->root, place->dst_x, place->dst_y};
}

bool holds(const xcb_randr_get_crtc_info_reply_t& screen, const Middle& middle) {
    return middle.x >= screen.x && middle.x < screen.x + screen.width && middle.y >= screen.y &&
           middle.y < screen.y + screen.height;
}

Period period_of(std::span<const xcb_randr_mode_info_t> modes, xcb_randr_mode_t mode) {
    const auto found = std::find_if(modes.begin(), modes.end(),
                                    [&](const auto& candidate) { return candidate.id == mode; });
    return found == modes.end() ? std::nullopt : period_of_mode(*found);
}

}  // namespace

Period period_of_mode(const xcb_randr_mode_info_t& mode) {
    double lines = mode.vtotal;
    if (mode.mode_flags & XCB_RANDR_MODE_FLAG_DOUBLE_SCAN) lines *= 2;
    if (mode.mode_flags & XCB_RANDR_MODE_FLAG_INTERLACE) lines /= 2;
    const double dots = lines * mode.htotal;
    if (dots == 0) return std::nullopt;
    const double hz = mode.dot_clock / dots;
    if (hz < kMinHz || hz > kMaxHz) return std::nullopt;
    return std::chrono::nanoseconds(static_cast<std::int64_t>(1e9 / hz));
}

Period x11_refresh_period(const X11Library& x11, xcb_connection_t* connection,
                          xcb_window_t window) {
    if (!server_has_randr(x11, connection)) return std::nullopt;
    const auto middle = middle_of(x11, connection, window);
    if (!middle) return std::nullopt;
    const auto resources = reply_to<xcb_randr_get_screen_resources_current_reply_t>(
        connection, x11.xcb_randr_get_screen_resources_current(connection, middle->root),
        x11.xcb_randr_get_screen_resources_current_reply);
    if (!resources) return std::nullopt;
    const std::span modes(x11.xcb_randr_get_screen_resources_current_modes(resources.get()),
                          resources->num_modes);
    const std::span screens(x11.xcb_randr_get_screen_resources_current_crtcs(resources.get()),
                            resources->num_crtcs);
    Period fastest;
    for (const xcb_randr_crtc_t screen : screens) {
        const auto info = reply_to<xcb_randr_get_crtc_info_reply_t>(
            connection,
            x11.xcb_randr_get_crtc_info(connection, screen, resources->config_timestamp),
            x11.xcb_randr_get_crtc_info_reply);
        const Period period = info ? period_of(modes, info->mode) : std::nullopt;
        if (!period) continue;
        if (holds(*info, *middle)) return period;
        if (!fastest || *period < *fastest) fastest = period;
    }
    return fastest;
}

}  // namespace vgpu::wsi
