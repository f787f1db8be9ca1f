// A window on the tests' X server, and what can be seen in it.
#pragma once

#include <xcb/xcb.h>

#include <cstdint>
#include <string>
#include <vector>

namespace vgpu::wsi::test {

// A connection of the test's own.
class XConnection {
  public:
    explicit XConnection(const std::string& display);
    XConnection(const XConnection&) = delete;
    XConnection& operator=(const XConnection&) = delete;
    ~XConnection();

    xcb_connection_t* get() const { return connection_; }
    const xcb_screen_t& screen() const;
    // A TrueColor visual of this depth.
    xcb_visualid_t visual(std::uint8_t depth) const;
    // X errors that reached the application.
    int errors();

  private:
    xcb_connection_t* const connection_;
};

// Mapped at once, at (x, 0) of the screen: what lies under another window cannot be read.
class XWindow {
  public:
    XWindow(XConnection& connection, std::uint16_t width, std::uint16_t height,
            std::uint8_t depth = 24, std::int16_t x = 0);
    XWindow(const XWindow&) = delete;
    XWindow& operator=(const XWindow&) = delete;
    ~XWindow() { destroy(); }

    xcb_window_t id() const { return id_; }
    void resize(std::uint16_t width, std::uint16_t height);
    void destroy();
    // The window's pixels, row by row, without what is not colour; empty when there is no window.
    std::vector<std::uint32_t> read(std::uint16_t width, std::uint16_t height) const;

  private:
    XConnection& connection_;
    const std::uint32_t colour_mask_;
    xcb_window_t id_;
};

}  // namespace vgpu::wsi::test
