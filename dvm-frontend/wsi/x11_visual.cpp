// Walks the setup that the X server sent when the connection was made.
#include "wsi/x11_visual.h"

#include <bit>

namespace vgpu::wsi {
namespace {

bool has_32_bits(const X11Library& x11, const xcb_setup_t* setup, std::uint8_t depth) {
    const xcb_format_t* formats = x11.xcb_setup_pixmap_formats(setup);
    for (int i = 0; i < x11.xcb_setup_pixmap_formats_length(setup); ++i) {
        if (formats[i].depth == depth) return formats[i].bits_per_pixel == 32;
    }
    return false;
}

const xcb_visualtype_t* find_in_depth(const X11Library& x11, const xcb_depth_t* depth,
                                      xcb_visualid_t visual) {
    const xcb_visualtype_t* visuals = x11.xcb_depth_visuals(depth);
    for (int i = 0; i < x11.xcb_depth_visuals_length(depth); ++i) {
        if (visuals[i].visual_id == visual) return &visuals[i];
    }
    return nullptr;
}

VisualLook judge(const X11Library& x11, const xcb_setup_t* setup, const xcb_visualtype_t& visual,
                 std::uint8_t depth) {
    VisualLook look;
    look.depth = depth;
    const bool direct = visual._class == XCB_VISUAL_CLASS_TRUE_COLOR ||
                        visual._class == XCB_VISUAL_CLASS_DIRECT_COLOR;
    // A server of the other byte order (a remote one) would take red for alpha.
    const bool same_order = (setup->image_byte_order == XCB_IMAGE_ORDER_LSB_FIRST) ==
                            (std::endian::native == std::endian::little);
    if (!direct || !same_order || !has_32_bits(x11, setup, depth)) return look;
    look.layout = layout_of_masks(visual.red_mask, visual.green_mask, visual.blue_mask);
    const int colour_bits = std::popcount(visual.red_mask | visual.green_mask | visual.blue_mask);
    look.has_alpha = depth > colour_bits;
    return look;
}

}  // namespace

VisualLook look_at_visual(const X11Library& x11, xcb_connection_t* connection,
                          xcb_visualid_t visual) {
    const xcb_setup_t* setup = x11.xcb_get_setup(connection);
    if (setup == nullptr) return {};
    auto screens = x11.xcb_setup_roots_iterator(setup);
    for (; screens.rem > 0; x11.xcb_screen_next(&screens)) {
        auto depths = x11.xcb_screen_allowed_depths_iterator(screens.data);
        for (; depths.rem > 0; x11.xcb_depth_next(&depths)) {
            if (const xcb_visualtype_t* found = find_in_depth(x11, depths.data, visual)) {
                return judge(x11, setup, *found, depths.data->depth);
            }
        }
    }
    return {};
}

}  // namespace vgpu::wsi
