// Checks what acquiring waits for and signals, and how the present modes pace.
#include <chrono>
#include <set>

#include "show.h"
#include "tests/catch.h"
#include "wsi/surface_entry.h"
#include "xvfb.h"

namespace vgpu::wsi::test {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr VkExtent2D kExtent{32, 32};

// Shows frames and returns how long it took until the last could be drawn.
Clock::duration time_of(Show& show, std::uint32_t frames) {
    const auto before = Clock::now();
    for (std::uint32_t seed = 1; seed <= frames; ++seed) REQUIRE(show.show(seed) == VK_SUCCESS);
    return Clock::now() - before;
}

}  // namespace

TEST_CASE("all images can be acquired, and one more is not ready or times out") {
    LowerDriver lower;
    Platform platform(unpaced());
    const auto surface = make_headless_surface(platform);
    auto info = swapchain_info(*surface, kExtent);
    info.minImageCount = 5;
    Show show(lower, platform, info);
    std::set<std::uint32_t> indices;
    for (int i = 0; i < 5; ++i) {
        std::uint32_t index = 99;
        const VkFence fence = show.painter().make_fence();
        CHECK(acquire_next_image(show.swapchain(), 0, VK_NULL_HANDLE, fence, &index) == VK_SUCCESS);
        CHECK(vkWaitForFences(lower.device(), 1, &fence, VK_TRUE, kTenSecondsNs) == VK_SUCCESS);
        indices.insert(index);
    }
    CHECK(indices == std::set<std::uint32_t>{0, 1, 2, 3, 4});
    std::uint32_t index = 99;
    const VkFence fence = show.painter().make_fence();
    CHECK(acquire_next_image(show.swapchain(), 0, VK_NULL_HANDLE, fence, &index) == VK_NOT_READY);
    const auto before = Clock::now();
    CHECK(acquire_next_image(show.swapchain(), 30'000'000, VK_NULL_HANDLE, fence, &index) ==
          VK_TIMEOUT);
    CHECK(Clock::now() - before >= 30ms);
    CHECK(vkGetFenceStatus(lower.device(), fence) == VK_NOT_READY);
    VkAcquireNextImageInfoKHR next{};
    next.sType = VK_STRUCTURE_TYPE_ACQUIRE_NEXT_IMAGE_INFO_KHR;
    next.swapchain = show.handle();
    next.fence = fence;
    next.deviceMask = 1;
    CHECK(acquire_next_image2(next, &index) == VK_NOT_READY);
}

TEST_CASE("an acquire whose signal fails keeps no image") {
    LowerDriver lower;
    Platform platform(unpaced());
    const auto surface = make_headless_surface(platform);
    Show show(lower, platform, swapchain_info(*surface, kExtent));
    const auto signal_now = lower.driver().signal_now;
    lower.driver().signal_now = [](VkSemaphore, VkFence) { return VK_ERROR_OUT_OF_HOST_MEMORY; };
    std::uint32_t index = 99;
    for (int i = 0; i < 10; ++i) {
        CHECK(acquire_next_image(show.swapchain(), 0, VK_NULL_HANDLE, show.painter().make_fence(),
                                 &index) == VK_ERROR_OUT_OF_HOST_MEMORY);
    }
    lower.driver().signal_now = signal_now;
    CHECK(show.show(1) == VK_SUCCESS);
}

TEST_CASE("headless images rotate") {
    LowerDriver lower;
    Platform platform(unpaced());
    const auto surface = make_headless_surface(platform);
    Show show(lower, platform, swapchain_info(*surface, kExtent));
    CHECK(show.swapchain().put_way() == PutWay::Nowhere);
    std::set<std::uint32_t> indices;
    for (std::uint32_t frame = 0; frame < 30; ++frame) {
        std::uint32_t index = 99;
        VkSemaphore painted = VK_NULL_HANDLE;
        REQUIRE(show.draw(frame, &index, &painted) == VK_SUCCESS);
        REQUIRE(show.present(index, painted) == VK_SUCCESS);
        indices.insert(index);
    }
    CHECK(indices == std::set<std::uint32_t>{0, 1, 2});
}

TEST_CASE("FIFO lets an application run ahead by its images and then at the refresh rate") {
    VGPU_REQUIRE_XVFB();
    LowerDriver lower;
    Options options;
    options.refresh_hz = 50;
    Platform platform(options);
    XConnection connection(shared_xvfb()->display());
    XWindow window(connection, kExtent.width, kExtent.height);
    const auto surface = make_xcb_surface(platform, connection, window);
    auto info = swapchain_info(*surface, kExtent);
    info.presentMode = GENERATE(VK_PRESENT_MODE_FIFO_KHR, VK_PRESENT_MODE_FIFO_RELAXED_KHR);
    Show show(lower, platform, info);
    // 20 frames with 3 images: 17 have been shown, the first at once.
    CHECK(time_of(show, 20) >= 16 * 20ms);
    check_shows(window, 20, kExtent);
}

TEST_CASE("MAILBOX does not hold an application back and shows the latest") {
    VGPU_REQUIRE_XVFB();
    LowerDriver lower;
    Options options;
    options.refresh_hz = 2;
    Platform platform(options);
    XConnection connection(shared_xvfb()->display());
    XWindow window(connection, kExtent.width, kExtent.height);
    const auto surface = make_xcb_surface(platform, connection, window);
    auto info = swapchain_info(*surface, kExtent);
    info.presentMode = VK_PRESENT_MODE_MAILBOX_KHR;
    Show show(lower, platform, info);
    // FIFO would take 98 s.
    CHECK(time_of(show, 200) < 40s);
    check_shows(window, 200, kExtent);
}

TEST_CASE("IMMEDIATE shows every frame at once") {
    VGPU_REQUIRE_XVFB();
    LowerDriver lower;
    Options options;
    options.refresh_hz = 1;
    Platform platform(options);
    XConnection connection(shared_xvfb()->display());
    XWindow window(connection, kExtent.width, kExtent.height);
    const auto surface = make_xcb_surface(platform, connection, window);
    auto info = swapchain_info(*surface, kExtent);
    info.presentMode = VK_PRESENT_MODE_IMMEDIATE_KHR;
    Show show(lower, platform, info);
    CHECK(time_of(show, 40) < 20s);
    check_shows(window, 40, kExtent);
}

}  // namespace vgpu::wsi::test
