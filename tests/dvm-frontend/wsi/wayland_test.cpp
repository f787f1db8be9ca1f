// Presents to a compositor of the tests' own, which keeps its rules, and then to one that does not.
#include <vulkan/vulkan.h>
#include <vulkan/vulkan_wayland.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "show.h"
#include "tests/catch.h"
#include "wayland_client.h"
#include "wsi/surface_entry.h"

namespace vgpu::wsi::test {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr VkExtent2D kOdd{157, 93};

// A compositor, an application, a device and a surface.
struct Scene {
    explicit Scene(const Compositor::Ways& ways = {}, const Options& options = {},
                   LowerDriver::Staging staging = LowerDriver::Staging::SharedPages)
        : compositor(ways), lower(staging), platform(options) {}
    ~Scene() { CHECK(compositor.overwritten() == 0); }

    VkSwapchainCreateInfoKHR info(VkExtent2D extent = kOdd) {
        auto info = swapchain_info(*surface, extent);
        info.compositeAlpha = VK_COMPOSITE_ALPHA_OPAQUE_BIT_KHR;
        return info;
    }

    Compositor compositor;
    WaylandClient client{compositor};
    LowerDriver lower;
    Platform platform;
    SurfacePtr surface = client.make_vulkan_surface(platform);
};

void show_all(Scene& scene, Show& show, std::uint32_t frames) {
    for (std::uint32_t seed = 1; seed <= frames; ++seed) REQUIRE(show.show(seed) == VK_SUCCESS);
    check_shows(scene.compositor, 0, frames, show.extent());
}

// Frames that the compositor shows while the application draws for this long.
std::uint32_t frames_within(Scene& scene, Show& show, Clock::duration time) {
    const std::uint32_t before = scene.compositor.seen(0).commits;
    const auto end = Clock::now() + time;
    for (std::uint32_t seed = 0; Clock::now() < end; ++seed) {
        REQUIRE(show.show(seed) == VK_SUCCESS);
    }
    return scene.compositor.seen(0).commits - before;
}

bool wait_until(const std::function<bool()>& condition) {
    const auto end = Clock::now() + 10s;
    while (!condition() && Clock::now() < end) std::this_thread::sleep_for(1ms);
    return condition();
}

}  // namespace

TEST_CASE("a Wayland surface shows guest pages pixel by pixel without a copy") {
    Scene scene;
    Show show(scene.lower, scene.platform, scene.info());
    CHECK(show.swapchain().put_way() == PutWay::Pages);
    for (std::uint32_t seed = 1; seed <= 12; ++seed) {
        REQUIRE(show.show(seed) == VK_SUCCESS);
        check_shows(scene.compositor, 0, seed, kOdd);
    }
}

TEST_CASE("a Wayland surface shows a copy where there are no pages to lend, or none may be lent") {
    Options options;
    const bool private_memory = GENERATE(false, true);
    if (!private_memory) options.best_put_way = PutWay::Segment;
    Scene scene({}, options,
                private_memory ? LowerDriver::Staging::Private : LowerDriver::Staging::SharedPages);
    Show show(scene.lower, scene.platform, scene.info());
    CHECK(show.swapchain().put_way() == PutWay::Segment);
    show_all(scene, show, 12);
}

TEST_CASE("pages of a file that has no size are copied, not sent to the compositor") {
    Scene scene;
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    const UniqueFd reading(ends[0]);
    const UniqueFd writing(ends[1]);
    scene.lower.driver().pages_of = [&](VkDeviceMemory) {
        return ShareableRange{reading.get(), 0, 1 << 20};
    };
    Show show(scene.lower, scene.platform, scene.info());
    CHECK(show.swapchain().put_way() == PutWay::Segment);
    show_all(scene, show, 3);
}

TEST_CASE("a picture that wl_shm cannot hold makes no swapchain, and leaves the connection alone") {
    Scene scene;
    const FramePixels huge{nullptr, std::size_t{1} << 40, std::nullopt};
    CanvasOrder order;
    order.extent = {40'000, 40'000};
    order.layout = PixelLayout::Bgra8;
    order.frames = std::span(&huge, 1);
    struct : CanvasListener {
        void released(std::uint32_t) override {}
        void beat() override {}
        void lost() override {}
    } listener;
    order.listener = &listener;
    std::unique_ptr<Canvas> canvas;
    CHECK(scene.surface->window->make_canvas(order, canvas) == VK_ERROR_OUT_OF_HOST_MEMORY);
    CHECK(canvas == nullptr);
    Show show(scene.lower, scene.platform, scene.info());
    show_all(scene, show, 2);
}

TEST_CASE("alpha reaches the compositor where it was asked for, and only there") {
    Scene scene;
    auto info = scene.info();
    const bool opaque = GENERATE(false, true);
    if (!opaque) info.compositeAlpha = VK_COMPOSITE_ALPHA_PRE_MULTIPLIED_BIT_KHR;
    Show show(scene.lower, scene.platform, info);
    show_all(scene, show, 1);
    CHECK(scene.compositor.seen(0).format ==
          (opaque ? WL_SHM_FORMAT_XRGB8888 : WL_SHM_FORMAT_ARGB8888));
}

TEST_CASE("a Wayland surface says what the driver's own window system says of the same surface") {
    Compositor::Ways ways;
    if (GENERATE(false, true)) {
        ways.more_formats = {WL_SHM_FORMAT_RGB565,      WL_SHM_FORMAT_XBGR8888,
                             WL_SHM_FORMAT_ABGR8888,    WL_SHM_FORMAT_XRGB2101010,
                             WL_SHM_FORMAT_ARGB2101010, WL_SHM_FORMAT_XBGR2101010,
                             WL_SHM_FORMAT_ABGR2101010};
    }
    Scene scene(ways);
    const auto create = reinterpret_cast<PFN_vkCreateWaylandSurfaceKHR>(
        vkGetInstanceProcAddr(scene.lower.instance(), "vkCreateWaylandSurfaceKHR"));
    if (create == nullptr) {
        WARN("Skipped: this Vulkan loader makes no Wayland surfaces to compare with.");
        return;
    }
    VkWaylandSurfaceCreateInfoKHR info{VK_STRUCTURE_TYPE_WAYLAND_SURFACE_CREATE_INFO_KHR};
    info.display = scene.client.display();
    info.surface = scene.client.make_surface();
    VkSurfaceKHR native = VK_NULL_HANDLE;
    REQUIRE(create(scene.lower.instance(), &info, nullptr, &native) == VK_SUCCESS);

    VkSurfaceCapabilitiesKHR ours{}, theirs{};
    REQUIRE(get_surface_capabilities(scene.lower.driver(), *scene.surface, &ours) == VK_SUCCESS);
    REQUIRE(vkGetPhysicalDeviceSurfaceCapabilitiesKHR(scene.lower.physical(), native, &theirs) ==
            VK_SUCCESS);
    CHECK(ours.minImageCount == theirs.minImageCount);
    CHECK(ours.maxImageCount == theirs.maxImageCount);
    CHECK(ours.currentExtent.width == theirs.currentExtent.width);
    CHECK(ours.minImageExtent.width == theirs.minImageExtent.width);
    CHECK(ours.maxImageExtent.height == theirs.maxImageExtent.height);
    CHECK(ours.supportedCompositeAlpha == theirs.supportedCompositeAlpha);
    CHECK((ours.supportedUsageFlags & ~theirs.supportedUsageFlags) == 0);

    VkSurfaceFormatKHR our_formats[16], their_formats[16];
    std::uint32_t our_count = 16, their_count = 16;
    REQUIRE(get_surface_formats(scene.lower.driver(), *scene.surface, &our_count, our_formats) ==
            VK_SUCCESS);
    REQUIRE(vkGetPhysicalDeviceSurfaceFormatsKHR(scene.lower.physical(), native, &their_count,
                                                 their_formats) == VK_SUCCESS);
    REQUIRE(our_count == their_count);
    for (std::uint32_t i = 0; i < our_count; ++i) {
        CHECK(our_formats[i].format == their_formats[i].format);
        CHECK(our_formats[i].colorSpace == their_formats[i].colorSpace);
    }
    VkPresentModeKHR our_modes[8], their_modes[8];
    our_count = their_count = 8;
    REQUIRE(get_surface_present_modes(*scene.surface, &our_count, our_modes) == VK_SUCCESS);
    REQUIRE(vkGetPhysicalDeviceSurfacePresentModesKHR(scene.lower.physical(), native, &their_count,
                                                      their_modes) == VK_SUCCESS);
    REQUIRE(our_count == their_count);
    CHECK(std::equal(our_modes, our_modes + our_count, their_modes));
    CHECK(get_wayland_presentation_support(scene.platform, scene.lower.driver(), 0, info.display));
    CHECK_FALSE(
        get_wayland_presentation_support(scene.platform, scene.lower.driver(), 77, info.display));
    vkDestroySurfaceKHR(scene.lower.instance(), native, nullptr);
}

TEST_CASE("every format of a Wayland surface is shown octet by octet") {
    Compositor::Ways ways;
    ways.more_formats = {WL_SHM_FORMAT_RGB565,      WL_SHM_FORMAT_XBGR8888,
                         WL_SHM_FORMAT_ABGR8888,    WL_SHM_FORMAT_XRGB2101010,
                         WL_SHM_FORMAT_ARGB2101010, WL_SHM_FORMAT_XBGR2101010,
                         WL_SHM_FORMAT_ABGR2101010};
    Scene scene(ways);
    auto info = scene.info({64, 10});
    info.compositeAlpha = VK_COMPOSITE_ALPHA_PRE_MULTIPLIED_BIT_KHR;
    info.imageFormat =
        GENERATE(VK_FORMAT_B8G8R8A8_SRGB, VK_FORMAT_R8G8B8A8_UNORM,
                 VK_FORMAT_A2R10G10B10_UNORM_PACK32, VK_FORMAT_A2B10G10R10_UNORM_PACK32);
    Show show(scene.lower, scene.platform, info);
    show_all(scene, show, 2);
}

TEST_CASE("a 16-bit format takes two octets a pixel on its way to the compositor") {
    Compositor::Ways ways;
    ways.more_formats = {WL_SHM_FORMAT_RGB565};
    Scene scene(ways);
    auto info = scene.info({64, 10});
    info.imageFormat = VK_FORMAT_R5G6B5_UNORM_PACK16;
    Show show(scene.lower, scene.platform, info);
    // The painter's buffer is twice as large as needed: its first half is the picture.
    REQUIRE(show.show(7) == VK_SUCCESS);
    const auto whole = pattern(7, {64, 10}, 0xffffffff);
    const auto* first = reinterpret_cast<const std::uint8_t*>(whole.data());
    CHECK(wait_until([&] {
        const Seen seen = scene.compositor.seen(0);
        return seen.pixels.size() == 64 * 10 * 2 &&
               std::equal(seen.pixels.begin(), seen.pixels.end(), first);
    }));
    CHECK(scene.compositor.seen(0).format == WL_SHM_FORMAT_RGB565);
}

TEST_CASE("changed rectangles reach the compositor, clipped; a first frame is new as a whole") {
    Scene scene;
    Show show(scene.lower, scene.platform, scene.info({64, 48}));
    VkRectLayerKHR rectangles[] = {{{8, 4}, {10, 20}, 0}, {{-5, 40}, {30, 400}, 0}};
    const VkPresentRegionKHR region{2, rectangles};
    VkPresentRegionsKHR regions{VK_STRUCTURE_TYPE_PRESENT_REGIONS_KHR};
    regions.swapchainCount = 1;
    regions.pRegions = &region;
    REQUIRE(show.show(1, &regions) == VK_SUCCESS);
    check_shows(scene.compositor, 0, 1, {64, 48});
    REQUIRE(scene.compositor.seen(0).damage.size() == 1);
    CHECK(scene.compositor.seen(0).damage[0].extent.width >= 64);
    REQUIRE(show.show(2, &regions) == VK_SUCCESS);
    check_shows(scene.compositor, 0, 2, {64, 48});
    const auto damage = scene.compositor.seen(0).damage;
    REQUIRE(damage.size() == 2);
    CHECK(damage[0].offset.x == 8);
    CHECK(damage[0].extent.height == 20);
    CHECK(damage[1].offset.x == 0);
    CHECK(damage[1].offset.y == 40);
    CHECK(damage[1].extent.width == 25);
    CHECK(damage[1].extent.height == 8);
}

TEST_CASE("a compositor that knows no damage in pixels is told that everything has changed") {
    Compositor::Ways ways;
    ways.version = 3;
    Scene scene(ways);
    Show show(scene.lower, scene.platform, scene.info());
    VkRectLayerKHR rectangle{{8, 4}, {10, 20}, 0};
    const VkPresentRegionKHR region{1, &rectangle};
    VkPresentRegionsKHR regions{VK_STRUCTURE_TYPE_PRESENT_REGIONS_KHR};
    regions.swapchainCount = 1;
    regions.pRegions = &region;
    for (std::uint32_t seed = 1; seed <= 2; ++seed) {
        REQUIRE(show.show(seed, &regions) == VK_SUCCESS);
        check_shows(scene.compositor, 0, seed, kOdd);
        REQUIRE(scene.compositor.seen(0).damage.size() == 1);
        CHECK(scene.compositor.seen(0).damage[0].extent.width >= kOdd.width);
    }
}

TEST_CASE("FIFO keeps to the compositor's beat, and shows every frame") {
    Compositor::Ways ways;
    ways.period = 20ms;
    Scene scene(ways);
    Show show(scene.lower, scene.platform, scene.info());
    const auto before = Clock::now();
    show_all(scene, show, 25);
    // The last was shown 24 beats after the first.
    CHECK(Clock::now() - before >= 23 * 20ms);
    CHECK(scene.compositor.seen(0).commits == 25);
}

TEST_CASE(
    "MAILBOX does not hold an application to the compositor's beat, and ends with the latest") {
    Compositor::Ways ways;
    ways.period = 100ms;
    Scene scene(ways);
    auto info = scene.info({32, 32});
    info.presentMode = VK_PRESENT_MODE_MAILBOX_KHR;
    Show show(scene.lower, scene.platform, info);
    const auto before = Clock::now();
    show_all(scene, show, 300);
    // FIFO would take 30 s.
    CHECK(Clock::now() - before < 20s);
}

TEST_CASE("a refresh rate of the administrator's takes the beat's place") {
    Compositor::Ways ways;
    ways.period = 200ms;
    Options options;
    options.refresh_hz = 0;
    Scene scene(ways, options);
    Show show(scene.lower, scene.platform, scene.info({32, 32}));
    const auto before = Clock::now();
    show_all(scene, show, 100);
    // The beat would take 20 s.
    CHECK(Clock::now() - before < 15s);
}

TEST_CASE("a window that gives no beat goes on once a second") {
    Scene scene;
    scene.compositor.gives_beats = false;
    Show show(scene.lower, scene.platform, scene.info());
    // The first is shown at once, four more wait for a place.
    const std::uint32_t shown = frames_within(scene, show, 3500ms);
    CHECK(shown >= 3);
    CHECK(shown <= 6);
    scene.compositor.gives_beats = true;
    CHECK(frames_within(scene, show, 2s) >= 8);
}

TEST_CASE("a compositor that gives nothing back costs frames, not the application") {
    Options options;
    options.best_put_way = GENERATE(PutWay::Pages, PutWay::Segment);
    Scene scene({}, options);
    scene.compositor.gives_back = false;
    Show show(scene.lower, scene.platform, scene.info());
    const auto before = Clock::now();
    std::uint32_t index = 0;
    VkSemaphore painted = VK_NULL_HANDLE;
    for (std::uint32_t seed = 1; seed <= 11; ++seed) {
        REQUIRE(show.draw(seed, &index, &painted) == VK_SUCCESS);
        REQUIRE(show.present(index, painted) == VK_SUCCESS);
    }
    CHECK(Clock::now() - before < 20s);
    scene.compositor.gives_back = true;
    show_all(scene, show, 5);
}

TEST_CASE("the compositor's death is a lost surface, also for who waits without an end") {
    Options options;
    options.best_put_way = GENERATE(PutWay::Pages, PutWay::Segment);
    Scene scene({}, options);
    Show show(scene.lower, scene.platform, scene.info());
    show_all(scene, show, 3);
    std::uint32_t index = 0;
    // All but what the compositor holds.
    while (acquire_next_image(show.swapchain(), 200'000'000, VK_NULL_HANDLE,
                              show.painter().make_fence(), &index) == VK_SUCCESS) {
    }
    std::thread dies([&] {
        std::this_thread::sleep_for(50ms);
        scene.compositor.die();
    });
    VkResult last = VK_SUCCESS;
    for (int late = 0; last == VK_SUCCESS && late < 4; ++late) {
        last = acquire_next_image(show.swapchain(), UINT64_MAX, VK_NULL_HANDLE,
                                  show.painter().make_fence(), &index);
    }
    CHECK(last == VK_ERROR_SURFACE_LOST_KHR);
    CHECK(wait_for_present(show.swapchain(), 99, UINT64_MAX) == VK_ERROR_SURFACE_LOST_KHR);
    dies.join();
    VkSurfaceCapabilitiesKHR capabilities{};
    CHECK(get_surface_capabilities(scene.lower.driver(), *scene.surface, &capabilities) ==
          VK_ERROR_SURFACE_LOST_KHR);
    Swapchain* swapchain = nullptr;
    CHECK(create_swapchain(scene.platform, scene.lower.driver(), scene.info(), &swapchain) ==
          VK_ERROR_SURFACE_LOST_KHR);
    CHECK_FALSE(get_wayland_presentation_support(scene.platform, scene.lower.driver(), 0,
                                                 scene.client.display()));
}

TEST_CASE("presenting after the compositor's death says so") {
    Scene scene;
    Show show(scene.lower, scene.platform, scene.info());
    show_all(scene, show, 1);
    scene.compositor.die();
    VkResult result = VK_SUCCESS;
    CHECK(wait_until([&] { return (result = show.show(2)) != VK_SUCCESS; }));
    CHECK(result == VK_ERROR_SURFACE_LOST_KHR);
}

TEST_CASE("a compositor that sleeps keeps an acquire no longer than its timeout") {
    Scene scene;
    Show show(scene.lower, scene.platform, scene.info());
    show_all(scene, show, 3);
    scene.compositor.sleeps = true;
    const auto before = Clock::now();
    std::uint32_t index = 0;
    int acquired = 0;
    while (acquire_next_image(show.swapchain(), 100'000'000, VK_NULL_HANDLE,
                              show.painter().make_fence(), &index) == VK_SUCCESS) {
        ++acquired;
    }
    CHECK(acquired <= 4);
    CHECK(Clock::now() - before < 5s);
    scene.compositor.sleeps = false;
}

TEST_CASE("a replaced Wayland swapchain is out of date and never covers its successor") {
    Scene scene;
    auto info = scene.info();
    Show old(scene.lower, scene.platform, info);
    std::uint32_t early[2];
    VkSemaphore painted[2];
    REQUIRE(old.draw(1, &early[0], &painted[0]) == VK_SUCCESS);
    REQUIRE(old.draw(2, &early[1], &painted[1]) == VK_SUCCESS);
    info.imageExtent = {200, 120};
    info.oldSwapchain = old.handle();
    Show next(scene.lower, scene.platform, info);
    CHECK(old.present(early[0], painted[0]) == VK_SUCCESS);
    check_shows(scene.compositor, 0, 1, kOdd);
    CHECK(next.show(3) == VK_SUCCESS);
    check_shows(scene.compositor, 0, 3, {200, 120});
    CHECK(old.present(early[1], painted[1]) == VK_SUCCESS);
    std::uint32_t index = 0;
    CHECK(acquire_next_image(old.swapchain(), 0, VK_NULL_HANDLE, old.painter().make_fence(),
                             &index) == VK_ERROR_OUT_OF_DATE_KHR);
    old.end();
    CHECK(next.show(4) == VK_SUCCESS);
    check_shows(scene.compositor, 0, 4, {200, 120});
}

TEST_CASE("several swapchains of one connection are presented at once") {
    Scene scene;
    const auto other_surface = scene.client.make_vulkan_surface(scene.platform);
    const auto third_surface = scene.client.make_vulkan_surface(scene.platform);
    Surface* const surfaces[] = {scene.surface.get(), other_surface.get(), third_surface.get()};
    std::unique_ptr<Show> shows[3];
    for (std::uint32_t i = 0; i < 3; ++i) {
        auto info = swapchain_info(*surfaces[i], {40 + i, 30});
        info.compositeAlpha = VK_COMPOSITE_ALPHA_OPAQUE_BIT_KHR;
        shows[i] = std::make_unique<Show>(scene.lower, scene.platform, info);
    }
    for (std::uint32_t frame = 1; frame <= 10; ++frame) {
        VkSwapchainKHR swapchains[3];
        std::uint32_t indices[3];
        VkSemaphore painted[3];
        for (std::uint32_t i = 0; i < 3; ++i) {
            swapchains[i] = shows[i]->handle();
            REQUIRE(shows[i]->draw(frame * 10 + i, &indices[i], &painted[i]) == VK_SUCCESS);
        }
        VkPresentInfoKHR info{VK_STRUCTURE_TYPE_PRESENT_INFO_KHR};
        info.waitSemaphoreCount = info.swapchainCount = 3;
        info.pWaitSemaphores = painted;
        info.pSwapchains = swapchains;
        info.pImageIndices = indices;
        REQUIRE(queue_present(scene.lower.queue(), scene.lower.queue_family(), info) == VK_SUCCESS);
    }
    for (std::uint32_t i = 0; i < 3; ++i) {
        check_shows(scene.compositor, i, 100 + i, shows[i]->extent());
    }
}

TEST_CASE("the application's events stay in its queue until it dispatches them") {
    Scene scene;
    Show show(scene.lower, scene.platform, scene.info());
    bool done = false;
    static constexpr wl_callback_listener kListener{
        [](void* flag, wl_callback* callback, std::uint32_t) {
            *static_cast<bool*>(flag) = true;
            wl_callback_destroy(callback);
        }};
    wl_callback_add_listener(wl_display_sync(scene.client.display()), &kListener, &done);
    show_all(scene, show, 10);
    CHECK_FALSE(done);
    // It has been read by then: no more than a look is needed.
    CHECK(wl_display_dispatch_pending(scene.client.display()) >= 1);
    CHECK(done);
    // Both read the connection at once.
    for (std::uint32_t seed = 1; seed <= 20; ++seed) {
        REQUIRE(show.show(seed) == VK_SUCCESS);
        REQUIRE(wl_display_roundtrip(scene.client.display()) >= 0);
    }
}

TEST_CASE("waiting for a present waits for the beat that follows it") {
    Scene scene;
    Show show(scene.lower, scene.platform, scene.info());
    show_all(scene, show, 1);
    const std::uint64_t id = 5;
    VkPresentIdKHR ids{VK_STRUCTURE_TYPE_PRESENT_ID_KHR};
    ids.swapchainCount = 1;
    ids.pPresentIds = &id;
    CHECK(wait_for_present(show.swapchain(), 5, 0) == VK_TIMEOUT);
    REQUIRE(show.show(2, &ids) == VK_SUCCESS);
    CHECK(wait_for_present(show.swapchain(), 5, kTenSecondsNs) == VK_SUCCESS);
    CHECK(wait_for_present(show.swapchain(), 3, 0) == VK_SUCCESS);
    CHECK(wait_for_present(show.swapchain(), 6, 20'000'000) == VK_TIMEOUT);
}

}  // namespace vgpu::wsi::test
