// Makes windows by xcb and reads them back.
#include "x_window.h"

#include <cstdlib>
#include <cstring>
#include <memory>

#include "tests/catch.h"

namespace vgpu::wsi::test {
namespace {

struct Free {
    void operator()(void* data) const { std::free(data); }
};

}  // namespace

XConnection::XConnection(const std::string& display)
    : connection_(xcb_connect(display.c_str(), nullptr)) {
    REQUIRE(xcb_connection_has_error(connection_) == 0);
}

XConnection::~XConnection() {
    xcb_disconnect(connection_);
}

const xcb_screen_t& XConnection::screen() const {
    return *xcb_setup_roots_iterator(xcb_get_setup(connection_)).data;
}

xcb_visualid_t XConnection::visual(std::uint8_t depth) const {
    auto depths = xcb_screen_allowed_depths_iterator(&screen());
    for (; depths.rem > 0; xcb_depth_next(&depths)) {
        if (depths.data->depth != depth) continue;
        auto visuals = xcb_depth_visuals_iterator(depths.data);
        for (; visuals.rem > 0; xcb_visualtype_next(&visuals)) {
            if (visuals.data->_class == XCB_VISUAL_CLASS_TRUE_COLOR) {
                return visuals.data->visual_id;
            }
        }
    }
    FAIL("The X server has no TrueColor visual of depth " << int{depth} << ".");
    return 0;
}

int XConnection::errors() {
    int errors = 0;
    while (
        const std::unique_ptr<xcb_generic_event_t, Free> event{xcb_poll_for_event(connection_)}) {
        if (event->response_type == 0) ++errors;
    }
    return errors;
}

XWindow::XWindow(XConnection& connection, std::uint16_t width, std::uint16_t height,
                 std::uint8_t depth, std::int16_t x)
    : connection_(connection),
      colour_mask_(depth == 32 ? 0xffffffff : 0xffffff),
      id_(xcb_generate_id(connection.get())) {
    const xcb_screen_t& screen = connection.screen();
    const xcb_visualid_t visual = connection.visual(depth);
    const xcb_colormap_t colormap = xcb_generate_id(connection.get());
    xcb_create_colormap(connection.get(), XCB_COLORMAP_ALLOC_NONE, colormap, screen.root, visual);
    const std::uint32_t values[] = {0, 0, colormap};
    xcb_create_window(connection.get(), depth, id_, screen.root, x, 0, width, height, 0,
                      XCB_WINDOW_CLASS_INPUT_OUTPUT, visual,
                      XCB_CW_BACK_PIXEL | XCB_CW_BORDER_PIXEL | XCB_CW_COLORMAP, values);
    xcb_map_window(connection.get(), id_);
    xcb_flush(connection.get());
}

void XWindow::resize(std::uint16_t width, std::uint16_t height) {
    const std::uint32_t size[] = {width, height};
    xcb_configure_window(connection_.get(), id_, XCB_CONFIG_WINDOW_WIDTH | XCB_CONFIG_WINDOW_HEIGHT,
                         size);
    xcb_flush(connection_.get());
}

void XWindow::destroy() {
    if (id_ == 0) return;
    xcb_destroy_window(connection_.get(), id_);
    xcb_flush(connection_.get());
    id_ = 0;
}

std::vector<std::uint32_t> XWindow::read(std::uint16_t width, std::uint16_t height) const {
    const auto cookie = xcb_get_image(connection_.get(), XCB_IMAGE_FORMAT_Z_PIXMAP, id_, 0, 0,
                                      width, height, 0xffffffff);
    const std::unique_ptr<xcb_get_image_reply_t, Free> image(
        xcb_get_image_reply(connection_.get(), cookie, nullptr));
    if (!image) return {};
    std::vector<std::uint32_t> pixels(std::size_t{width} * height);
    REQUIRE(xcb_get_image_data_length(image.get()) == static_cast<int>(pixels.size() * 4));
    std::memcpy(pixels.data(), xcb_get_image_data(image.get()), pixels.size() * 4);
    for (std::uint32_t& pixel : pixels) pixel &= colour_mask_;
    return pixels;
}

}  // namespace vgpu::wsi::test
