// Changes and destroys windows under their swapchains.

#include "show.h"
#include "tests/catch.h"
#include "wsi/surface_entry.h"
#include "xvfb.h"

namespace vgpu::wsi::test {
namespace {

// Shows frames until the result is another; at most `frames`.
VkResult show_while(Show& show, VkResult result, int frames) {
    VkResult last = result;
    for (int frame = 0; frame < frames && last == result; ++frame) last = show.show(100 + frame);
    return last;
}

VkExtent2D current_extent(LowerDriver& lower, Surface& surface) {
    VkSurfaceCapabilitiesKHR capabilities{};
    REQUIRE(get_surface_capabilities(lower.driver(), surface, &capabilities) == VK_SUCCESS);
    return capabilities.currentExtent;
}

}  // namespace

TEST_CASE("a window of another size makes the swapchain suboptimal until it is replaced") {
    VGPU_REQUIRE_XVFB();
    LowerDriver lower;
    Platform platform(unpaced());
    XConnection connection(shared_xvfb()->display());
    XWindow window(connection, 60, 40);
    const auto surface = make_xcb_surface(platform, connection, window);
    Show old(lower, platform, swapchain_info(*surface, {60, 40}));
    REQUIRE(old.show(1) == VK_SUCCESS);
    check_shows(window, 1, {60, 40});

    window.resize(81, 55);
    const VkExtent2D extent = current_extent(lower, *surface);
    CHECK(extent.width == 81);
    CHECK(extent.height == 55);
    // That answer came after the resize: the news is here, without a frame in between.
    CHECK(old.show(2) == VK_SUBOPTIMAL_KHR);

    auto info = swapchain_info(*surface, extent);
    info.oldSwapchain = old.handle();
    Show next(lower, platform, info);
    std::uint32_t index = 0;
    CHECK(acquire_next_image(old.swapchain(), 0, old.painter().make_semaphore(), VK_NULL_HANDLE,
                             &index) == VK_ERROR_OUT_OF_DATE_KHR);
    CHECK(next.show(3) == VK_SUCCESS);
    check_shows(window, 3, extent);
}

TEST_CASE("a window that gets its size back makes the swapchain optimal again") {
    VGPU_REQUIRE_XVFB();
    LowerDriver lower;
    Platform platform(unpaced());
    XConnection connection(shared_xvfb()->display());
    XWindow window(connection, 60, 40);
    const auto surface = make_xcb_surface(platform, connection, window);
    Show show(lower, platform, swapchain_info(*surface, {60, 40}));
    window.resize(61, 40);
    current_extent(lower, *surface);
    CHECK(show.show(1) == VK_SUBOPTIMAL_KHR);
    window.resize(60, 40);
    current_extent(lower, *surface);
    // The first frame's put may see the window's other size yet, and report it late.
    std::uint32_t frame = 2;
    VkResult result = show.show(frame);
    while (result == VK_SUBOPTIMAL_KHR && frame < 50) result = show.show(++frame);
    CHECK(result == VK_SUCCESS);
    check_shows(window, frame, {60, 40});
}

TEST_CASE("an image acquired before the replacement can still be presented, but never covers") {
    VGPU_REQUIRE_XVFB();
    LowerDriver lower;
    Platform platform(unpaced());
    XConnection connection(shared_xvfb()->display());
    XWindow window(connection, 60, 40);
    const auto surface = make_xcb_surface(platform, connection, window);
    auto info = swapchain_info(*surface, {60, 40});
    Show old(lower, platform, info);
    std::uint32_t early[2];
    VkSemaphore painted[2];
    REQUIRE(old.draw(1, &early[0], &painted[0]) == VK_SUCCESS);
    REQUIRE(old.draw(2, &early[1], &painted[1]) == VK_SUCCESS);
    info.oldSwapchain = old.handle();
    Show next(lower, platform, info);
    CHECK(old.present(early[0], painted[0]) == VK_SUCCESS);
    check_shows(window, 1, {60, 40});
    CHECK(next.show(3) == VK_SUCCESS);
    check_shows(window, 3, {60, 40});
    CHECK(old.present(early[1], painted[1]) == VK_SUCCESS);
    old.end();
    CHECK(window.read(60, 40) == pattern(3, {60, 40}, 0xffffff));
    CHECK(next.show(4) == VK_SUCCESS);
    check_shows(window, 4, {60, 40});
}

TEST_CASE("a destroyed window is a lost surface, not an X error and not a hang") {
    VGPU_REQUIRE_XVFB();
    LowerDriver lower(LowerDriver::Staging::SharedPages);
    Options options = unpaced();
    options.best_put_way = GENERATE(PutWay::Pages, PutWay::Segment, PutWay::Request);
    Platform platform(options);
    XConnection connection(shared_xvfb()->display());
    XWindow window(connection, 60, 40);
    const auto surface = make_xcb_surface(platform, connection, window);
    {
        Show show(lower, platform, swapchain_info(*surface, {60, 40}));
        REQUIRE(show.show(1) == VK_SUCCESS);
        window.destroy();
        CHECK(show_while(show, VK_SUCCESS, 10) == VK_ERROR_SURFACE_LOST_KHR);
        std::uint32_t index = 0;
        CHECK(acquire_next_image(show.swapchain(), UINT64_MAX, show.painter().make_semaphore(),
                                 VK_NULL_HANDLE, &index) == VK_ERROR_SURFACE_LOST_KHR);
    }
    VkSurfaceCapabilitiesKHR capabilities{};
    CHECK(get_surface_capabilities(lower.driver(), *surface, &capabilities) ==
          VK_ERROR_SURFACE_LOST_KHR);
    std::uint32_t count = 0;
    CHECK(get_surface_formats(lower.driver(), *surface, &count, nullptr) ==
          VK_ERROR_SURFACE_LOST_KHR);
    Swapchain* swapchain = nullptr;
    CHECK(create_swapchain(platform, lower.driver(), swapchain_info(*surface, {60, 40}),
                           &swapchain) == VK_ERROR_SURFACE_LOST_KHR);
    CHECK(connection.errors() == 0);
}

TEST_CASE("the X server's death is a lost surface") {
    VGPU_REQUIRE_XVFB();
    const auto xvfb = Xvfb::start();
    REQUIRE(xvfb);
    LowerDriver lower(LowerDriver::Staging::SharedPages);
    Options options = unpaced();
    options.best_put_way = GENERATE(PutWay::Pages, PutWay::Segment, PutWay::Request);
    Platform platform(options);
    XConnection connection(xvfb->display());
    XWindow window(connection, 60, 40);
    const auto surface = make_xcb_surface(platform, connection, window);
    Show show(lower, platform, swapchain_info(*surface, {60, 40}));
    REQUIRE(show.show(1) == VK_SUCCESS);
    xvfb->kill();
    CHECK(show_while(show, VK_SUCCESS, 10) == VK_ERROR_SURFACE_LOST_KHR);
    VkBool32 supported = VK_TRUE;
    CHECK(get_surface_support(lower.driver(), 0, *surface, &supported) ==
          VK_ERROR_SURFACE_LOST_KHR);
}

}  // namespace vgpu::wsi::test
