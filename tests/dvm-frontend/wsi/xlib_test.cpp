// Presents to an Xlib window while the application talks to the X server by the same display.
#include "show.h"
#include "tests/catch.h"
#include "wsi/surface_entry.h"
#include "xvfb.h"

// Last: Xlib's names are macros.
#include <X11/Xlib.h>
#include <X11/Xutil.h>
#include <vulkan/vulkan_xlib.h>

namespace vgpu::wsi::test {
namespace {

constexpr VkExtent2D kExtent{50, 70};

int xlib_errors = 0;
int count_xlib_error(Display*, XErrorEvent*) {
    ++xlib_errors;
    return 0;
}

// A display and a window on it, with errors counted.
class XlibWindow {
  public:
    XlibWindow()
        : display_(XOpenDisplay(shared_xvfb()->display().c_str())),
          previous_(XSetErrorHandler(count_xlib_error)) {
        xlib_errors = 0;
        REQUIRE(display_ != nullptr);
        id_ = XCreateSimpleWindow(display_, DefaultRootWindow(display_), 0, 0, kExtent.width,
                                  kExtent.height, 0, 0, 0);
        XMapWindow(display_, id_);
    }
    ~XlibWindow() {
        XSetErrorHandler(previous_);
        XCloseDisplay(display_);
    }

    Display* display() const { return display_; }
    ::Window id() const { return id_; }

    SurfacePtr make_surface(Platform& platform) const {
        const VkXlibSurfaceCreateInfoKHR info{VK_STRUCTURE_TYPE_XLIB_SURFACE_CREATE_INFO_KHR,
                                              nullptr, 0, display_, id_};
        Surface* made = nullptr;
        REQUIRE(create_xlib_surface(platform, info, &made) == VK_SUCCESS);
        return SurfacePtr(made);
    }

    int wrong_pixels(std::uint32_t seed) const {
        XImage* image =
            XGetImage(display_, id_, 0, 0, kExtent.width, kExtent.height, AllPlanes, ZPixmap);
        REQUIRE(image != nullptr);
        int wrong = 0;
        for (std::uint32_t y = 0; y < kExtent.height; ++y) {
            for (std::uint32_t x = 0; x < kExtent.width; ++x) {
                const auto seen = XGetPixel(image, static_cast<int>(x), static_cast<int>(y));
                if ((seen & 0xffffff) != (pattern_pixel(seed, x, y) & 0xffffff)) ++wrong;
            }
        }
        XDestroyImage(image);
        return wrong;
    }

  private:
    Display* const display_;
    const XErrorHandler previous_;
    ::Window id_ = 0;
};

}  // namespace

TEST_CASE("an Xlib window shows what is presented beside the application's own traffic") {
    VGPU_REQUIRE_XVFB();
    LowerDriver lower;
    Platform platform(unpaced());
    const XlibWindow window;
    const auto surface = window.make_surface(platform);
    {
        Show show(lower, platform, swapchain_info(*surface, kExtent));
        for (std::uint32_t seed = 1; seed <= 50; ++seed) {
            REQUIRE(show.show(seed) == VK_SUCCESS);
            XSync(window.display(), False);
        }
    }
    CHECK(window.wrong_pixels(50) == 0);
    const auto visual = XVisualIDFromVisual(DefaultVisual(window.display(), 0));
    CHECK(get_xlib_presentation_support(platform, lower.driver(), 0, window.display(), visual));
    CHECK(xlib_errors == 0);
}

TEST_CASE("the end of an Xlib window is a lost surface and reaches no error handler") {
    VGPU_REQUIRE_XVFB();
    LowerDriver lower;
    Platform platform(unpaced());
    const XlibWindow window;
    const auto surface = window.make_surface(platform);
    {
        Show show(lower, platform, swapchain_info(*surface, kExtent));
        REQUIRE(show.show(1) == VK_SUCCESS);
        XDestroyWindow(window.display(), window.id());
        XFlush(window.display());
        VkResult result = VK_SUCCESS;
        for (int i = 0; i < 10 && result == VK_SUCCESS; ++i) result = show.show(2);
        CHECK(result == VK_ERROR_SURFACE_LOST_KHR);
    }
    XSync(window.display(), False);
    CHECK(xlib_errors == 0);
}

}  // namespace vgpu::wsi::test
