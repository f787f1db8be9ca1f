// Speaks to the X server.
#include "window/xcb_window.h"

#include <cstdlib>
#include <cstring>

#include "common/error.h"

namespace vgpu::programs {

namespace {

struct Free {
    void operator()(void* memory) const { std::free(memory); }
};
template <typename T>
using Reply = std::unique_ptr<T, Free>;

}  // namespace

XcbWindow::XcbWindow(VkExtent2D extent) : extent_(extent) {
    int screen_number = 0;
    connection_.reset(xcb_connect(nullptr, &screen_number));
    xcb_connection_t* connection = connection_.get();
    if (xcb_connection_has_error(connection) != 0)
        throw NotOffered("No X server answers; set DISPLAY, for example to that of an Xvfb.");
    xcb_screen_iterator_t screens = xcb_setup_roots_iterator(xcb_get_setup(connection));
    for (int i = 0; i < screen_number; ++i) xcb_screen_next(&screens);
    window_ = xcb_generate_id(connection);
    // Unmanaged, so that a window manager neither moves nor resizes it.
    const std::uint32_t values[] = {1, XCB_EVENT_MASK_STRUCTURE_NOTIFY | XCB_EVENT_MASK_EXPOSURE};
    xcb_create_window(connection, XCB_COPY_FROM_PARENT, window_, screens.data->root, 0, 0,
                      static_cast<std::uint16_t>(extent.width),
                      static_cast<std::uint16_t>(extent.height), 0, XCB_WINDOW_CLASS_INPUT_OUTPUT,
                      screens.data->root_visual, XCB_CW_OVERRIDE_REDIRECT | XCB_CW_EVENT_MASK,
                      values);
    xcb_map_window(connection, window_);
    xcb_flush(connection);
    wait_until_mapped();
}

void XcbWindow::wait_until_mapped() const {
    while (true) {
        const Reply<xcb_generic_event_t> event(xcb_wait_for_event(connection_.get()));
        if (!event) throw NotOffered("The X server hangs up.");
        if ((event->response_type & 0x7f) == XCB_MAP_NOTIFY) return;
    }
}

VkSurfaceKHR XcbWindow::create_surface(VkInstance instance) const {
    VkXcbSurfaceCreateInfoKHR info{VK_STRUCTURE_TYPE_XCB_SURFACE_CREATE_INFO_KHR};
    info.connection = connection_.get();
    info.window = window_;
    VkSurfaceKHR surface = VK_NULL_HANDLE;
    check(vkCreateXcbSurfaceKHR(instance, &info, nullptr, &surface));
    return surface;
}

void XcbWindow::resize(VkExtent2D extent) {
    extent_ = extent;
    const std::uint32_t size[] = {extent.width, extent.height};
    xcb_configure_window(connection_.get(), window_,
                         XCB_CONFIG_WINDOW_WIDTH | XCB_CONFIG_WINDOW_HEIGHT, size);
    // An answer to a later question means that the server has done this.
    const Reply<xcb_get_geometry_reply_t> geometry(xcb_get_geometry_reply(
        connection_.get(), xcb_get_geometry(connection_.get(), window_), nullptr));
}

std::vector<std::byte> XcbWindow::read_back(VkExtent2D extent) const {
    const Reply<xcb_get_image_reply_t> image(
        xcb_get_image_reply(connection_.get(),
                            xcb_get_image(connection_.get(), XCB_IMAGE_FORMAT_Z_PIXMAP, window_, 0,
                                          0, static_cast<std::uint16_t>(extent.width),
                                          static_cast<std::uint16_t>(extent.height), ~0u),
                            nullptr));
    const std::size_t size = std::size_t{extent.width} * extent.height * 4;
    if (!image || static_cast<std::size_t>(xcb_get_image_data_length(image.get())) < size)
        return {};
    const auto* first = reinterpret_cast<const std::byte*>(xcb_get_image_data(image.get()));
    return {first, first + size};
}

}  // namespace vgpu::programs
