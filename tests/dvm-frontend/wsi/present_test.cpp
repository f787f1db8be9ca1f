// Presents patterns to windows and compares every pixel that the X server shows.
#include "show.h"
#include "tests/catch.h"
#include "wsi/surface_entry.h"
#include "xvfb.h"

namespace vgpu::wsi::test {
namespace {

constexpr VkExtent2D kOdd{157, 93};

void show_and_check(PutWay wanted, PutWay expected, LowerDriver::Staging staging,
                    std::uint8_t depth, std::uint32_t max_request_bytes = 0) {
    LowerDriver lower(staging);
    Options options = unpaced();
    options.best_put_way = wanted;
    options.max_request_bytes = max_request_bytes;
    Platform platform(options);
    XConnection connection(shared_xvfb()->display());
    XWindow window(connection, kOdd.width, kOdd.height, depth);
    const auto surface = make_xcb_surface(platform, connection, window);
    {
        Show show(lower, platform, swapchain_info(*surface, kOdd));
        CHECK(show.swapchain().put_way() == expected);
        // Each image more than once.
        for (std::uint32_t seed = 1; seed <= 8; ++seed) {
            REQUIRE(show.show(seed) == VK_SUCCESS);
            check_shows(window, seed, kOdd, depth);
        }
    }
    CHECK(connection.errors() == 0);
}

// What the last submissions waited for, as far as there were semaphores.
std::vector<std::vector<VkSemaphore>> submitted_waits;
VkResult watched_submit(VkQueue queue, std::uint32_t count, const VkSubmitInfo* infos,
                        VkFence fence) {
    for (std::uint32_t i = 0; i < count; ++i) {
        submitted_waits.emplace_back(infos[i].pWaitSemaphores,
                                     infos[i].pWaitSemaphores + infos[i].waitSemaphoreCount);
    }
    return vkQueueSubmit(queue, count, infos, fence);
}

}  // namespace

TEST_CASE("guest pages are shown pixel by pixel without a copy") {
    VGPU_REQUIRE_XVFB();
    const auto depth = static_cast<std::uint8_t>(GENERATE(24, 32));
    show_and_check(PutWay::Pages, PutWay::Pages, LowerDriver::Staging::SharedPages, depth);
}

TEST_CASE("a segment shows every pixel") {
    VGPU_REQUIRE_XVFB();
    const auto depth = static_cast<std::uint8_t>(GENERATE(24, 32));
    show_and_check(PutWay::Segment, PutWay::Segment, LowerDriver::Staging::SharedPages, depth);
}

TEST_CASE("memory without pages falls back to a segment") {
    VGPU_REQUIRE_XVFB();
    show_and_check(PutWay::Pages, PutWay::Segment, LowerDriver::Staging::Private, 24);
}

TEST_CASE("requests show every pixel") {
    VGPU_REQUIRE_XVFB();
    const auto depth = static_cast<std::uint8_t>(GENERATE(24, 32));
    show_and_check(PutWay::Request, PutWay::Request, LowerDriver::Staging::Private, depth);
}

TEST_CASE("requests in strips show every pixel, down to one row each") {
    VGPU_REQUIRE_XVFB();
    const auto limit = static_cast<std::uint32_t>(GENERATE(1, 700, 4096, 20'000));
    show_and_check(PutWay::Request, PutWay::Request, LowerDriver::Staging::Private, 24, limit);
}

TEST_CASE("pages that the X server cannot map fall back to a segment") {
    VGPU_REQUIRE_XVFB();
    LowerDriver lower;
    Platform platform(unpaced());
    XConnection connection(shared_xvfb()->display());
    XWindow window(connection, 64, 64);
    const auto surface = make_xcb_surface(platform, connection, window);
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    const UniqueFd reading(ends[0]);
    const UniqueFd writing(ends[1]);
    lower.driver().pages_of = [&](VkDeviceMemory) {
        return ShareableRange{reading.get(), 0, 1 << 20};
    };
    Show show(lower, platform, swapchain_info(*surface, {64, 64}));
    CHECK(show.swapchain().put_way() == PutWay::Segment);
    CHECK(show.show(3) == VK_SUCCESS);
    check_shows(window, 3, {64, 64});
}

TEST_CASE("three swapchains are presented at once, each with its result") {
    VGPU_REQUIRE_XVFB();
    LowerDriver lower;
    Platform platform(unpaced());
    XConnection connection(shared_xvfb()->display());
    std::unique_ptr<XWindow> windows[3];
    SurfacePtr surfaces[3];
    std::unique_ptr<Show> shows[3];
    for (std::uint16_t i = 0; i < 3; ++i) {
        const auto x = static_cast<std::int16_t>(i * 100);
        windows[i] = std::make_unique<XWindow>(connection, 40 + i, 30, std::uint8_t{24}, x);
        surfaces[i] = make_xcb_surface(platform, connection, *windows[i]);
        const auto info = swapchain_info(*surfaces[i], {40u + i, 30});
        shows[i] = std::make_unique<Show>(lower, platform, info);
    }
    for (std::uint32_t frame = 1; frame <= 10; ++frame) {
        VkSwapchainKHR swapchains[3];
        std::uint32_t indices[3];
        VkSemaphore painted[3];
        for (std::uint32_t i = 0; i < 3; ++i) {
            swapchains[i] = shows[i]->handle();
            REQUIRE(shows[i]->draw(frame * 10 + i, &indices[i], &painted[i]) == VK_SUCCESS);
        }
        const bool last = frame == 10;
        if (last) windows[1]->resize(99, 30);
        if (last) windows[1]->read(1, 1);  // the server has done so
        VkResult results[3] = {VK_ERROR_UNKNOWN, VK_ERROR_UNKNOWN, VK_ERROR_UNKNOWN};
        VkPresentInfoKHR info{};
        info.sType = VK_STRUCTURE_TYPE_PRESENT_INFO_KHR;
        info.waitSemaphoreCount = info.swapchainCount = 3;
        info.pWaitSemaphores = painted;
        info.pSwapchains = swapchains;
        info.pImageIndices = indices;
        info.pResults = results;
        const VkResult second = last ? VK_SUBOPTIMAL_KHR : VK_SUCCESS;
        CHECK(queue_present(lower.queue(), lower.queue_family(), info) == second);
        CHECK(results[0] == VK_SUCCESS);
        CHECK(results[1] == second);
        CHECK(results[2] == VK_SUCCESS);
        for (std::uint32_t i = 0; i < 3; ++i) {
            check_shows(*windows[i], frame * 10 + i, shows[i]->extent());
        }
    }
}

TEST_CASE("the first submission of a present waits for its semaphores, the others come after it") {
    LowerDriver lower;
    Platform platform(unpaced());
    const auto surface = make_headless_surface(platform);
    const auto other_surface = make_headless_surface(platform);
    Show show(lower, platform, swapchain_info(*surface, kOdd));
    Show other(lower, platform, swapchain_info(*other_surface, kOdd));
    const VkSwapchainKHR swapchains[] = {show.handle(), other.handle()};
    std::uint32_t indices[2];
    VkSemaphore painted[2];
    REQUIRE(show.draw(1, &indices[0], &painted[0]) == VK_SUCCESS);
    REQUIRE(other.draw(2, &indices[1], &painted[1]) == VK_SUCCESS);
    VkPresentInfoKHR info{};
    info.sType = VK_STRUCTURE_TYPE_PRESENT_INFO_KHR;
    info.waitSemaphoreCount = info.swapchainCount = 2;
    info.pWaitSemaphores = painted;
    info.pSwapchains = swapchains;
    info.pImageIndices = indices;
    lower.driver().QueueSubmit = watched_submit;
    submitted_waits.clear();
    REQUIRE(queue_present(lower.queue(), lower.queue_family(), info) == VK_SUCCESS);
    REQUIRE(submitted_waits.size() == 2);
    CHECK(submitted_waits[0] == std::vector<VkSemaphore>{painted[0], painted[1]});
    CHECK(submitted_waits[1].empty());
}

TEST_CASE("what was presented is shown before the swapchain is gone") {
    VGPU_REQUIRE_XVFB();
    LowerDriver lower;
    Options slow;
    slow.refresh_hz = 1;
    Platform platform(slow);
    XConnection connection(shared_xvfb()->display());
    XWindow window(connection, 32, 32);
    const auto surface = make_xcb_surface(platform, connection, window);
    {
        Show show(lower, platform, swapchain_info(*surface, {32, 32}));
        for (std::uint32_t seed = 1; seed <= 3; ++seed) REQUIRE(show.show(seed) == VK_SUCCESS);
    }
    CHECK(window.read(32, 32) == pattern(3, {32, 32}, 0xffffff));
}

TEST_CASE("an image that was not acquired is not presented") {
    VGPU_REQUIRE_XVFB();
    LowerDriver lower;
    Platform platform(unpaced());
    XConnection connection(shared_xvfb()->display());
    XWindow window(connection, 32, 32);
    const auto surface = make_xcb_surface(platform, connection, window);
    Show show(lower, platform, swapchain_info(*surface, {32, 32}));
    std::uint32_t index = 0;
    VkSemaphore painted = VK_NULL_HANDLE;
    REQUIRE(show.draw(1, &index, &painted) == VK_SUCCESS);
    CHECK(show.present(7, painted) == VK_ERROR_OUT_OF_DATE_KHR);
    CHECK(show.show(2) == VK_SUCCESS);
    check_shows(window, 2, {32, 32});
}

}  // namespace vgpu::wsi::test
