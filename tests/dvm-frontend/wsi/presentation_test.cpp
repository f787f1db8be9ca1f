// Checks what hangs behind a present: ids, fences, modes and rectangles.
#include <chrono>

#include "show.h"
#include "tests/catch.h"
#include "wsi/present_thread.h"
#include "wsi/surface_entry.h"
#include "wsi/x11_refresh.h"
#include "xvfb.h"

namespace vgpu::wsi::test {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr VkExtent2D kExtent{32, 32};

struct Scene {
    explicit Scene(const Options& options = unpaced()) : platform(options) {}
    VkSwapchainCreateInfoKHR info() { return swapchain_info(*surface, kExtent); }

    LowerDriver lower;
    Platform platform;
    SurfacePtr surface = make_headless_surface(platform);
};

VkPresentIdKHR with_id(const std::uint64_t& id, const void* next = nullptr) {
    VkPresentIdKHR ids{VK_STRUCTURE_TYPE_PRESENT_ID_KHR, next};
    ids.swapchainCount = 1;
    ids.pPresentIds = &id;
    return ids;
}
VkSwapchainPresentFenceInfoEXT with_fence(const VkFence& fence) {
    VkSwapchainPresentFenceInfoEXT fences{VK_STRUCTURE_TYPE_SWAPCHAIN_PRESENT_FENCE_INFO_EXT};
    fences.swapchainCount = 1;
    fences.pFences = &fence;
    return fences;
}
VkSwapchainPresentModeInfoEXT with_mode(const VkPresentModeKHR& mode) {
    VkSwapchainPresentModeInfoEXT modes{VK_STRUCTURE_TYPE_SWAPCHAIN_PRESENT_MODE_INFO_EXT};
    modes.swapchainCount = 1;
    modes.pPresentModes = &mode;
    return modes;
}

// A window with a beat of its own, which the test gives.
class BeatingCanvas final : public Canvas {
  public:
    PutOutcome put(std::uint32_t image, std::span<const VkRect2D> damage) override {
        const std::lock_guard lock(lock_);
        images.push_back(image);
        damages.emplace_back(damage.begin(), damage.end());
        changed_.notify_all();
        return {};
    }
    VkResult news() override { return VK_SUCCESS; }
    PutWay way() const override { return PutWay::Nowhere; }
    bool paces() const override { return true; }

    bool await_puts(std::size_t count, Clock::duration patience = 10s) {
        std::unique_lock lock(lock_);
        return changed_.wait_for(lock, patience, [&] { return images.size() >= count; });
    }

    std::vector<std::uint32_t> images;
    std::vector<std::vector<VkRect2D>> damages;

  private:
    std::mutex lock_;
    std::condition_variable changed_;
};

// A present thread without a swapchain, whose copies are done before they are asked for.
struct Thread {
    explicit Thread(std::uint32_t count, std::optional<Clock::duration> period = std::nullopt)
        : rotation(count) {
        lower.driver().GetFenceStatus = [](VkDevice, VkFence) { return VK_SUCCESS; };
        const auto surface = std::make_unique<Surface>(nullptr);
        const ImageRecipe recipe(swapchain_info(*surface, kExtent));
        for (std::uint32_t i = 0; i < count; ++i) {
            REQUIRE(SwapchainImage::create(lower.driver(), recipe, false, images) == VK_SUCCESS);
        }
        PresentWork work{lower.driver(), rotation, images, canvas, order};
        work.refresh_period = period;
        thread.emplace(work);
    }
    void present(std::uint64_t id, VkPresentModeKHR mode, std::vector<VkRect2D> damage = {}) {
        std::uint32_t image = 0;
        REQUIRE(rotation.try_acquire(&image) == VK_SUCCESS);
        rotation.present({image, mode, id, std::move(damage)});
    }

    LowerDriver lower;
    ImageRotation rotation;
    std::vector<SwapchainImage> images;
    BeatingCanvas canvas;
    ShowOrder order;
    std::optional<PresentThread> thread;
};

VkRect2D square(std::int32_t at) {
    return {{at, at}, {1, 1}};
}

}  // namespace

TEST_CASE("a window's own beat is awaited between frames, and a present counts as shown with it") {
    Thread thread(4);
    for (std::uint64_t id = 1; id <= 3; ++id) thread.present(id, VK_PRESENT_MODE_FIFO_KHR);
    CHECK(thread.canvas.await_puts(1));
    CHECK_FALSE(thread.canvas.await_puts(2, 50ms));
    CHECK(thread.rotation.shown_result(1) == VK_TIMEOUT);
    thread.rotation.beat();
    CHECK(thread.canvas.await_puts(2));
    CHECK(thread.rotation.shown_result(1) == VK_SUCCESS);
    CHECK(thread.rotation.shown_result(2) == VK_TIMEOUT);
}

TEST_CASE("a beat that does not come is given up after a second") {
    Thread thread(3);
    const auto before = Clock::now();
    for (std::uint64_t id = 1; id <= 3; ++id) thread.present(id, VK_PRESENT_MODE_FIFO_KHR);
    CHECK(thread.canvas.await_puts(3));
    CHECK(Clock::now() - before >= 2 * PresentThread::kPeriodUnseen);
    CHECK(thread.rotation.shown_result(2) == VK_SUCCESS);
}

TEST_CASE("what a replaced frame has changed is added to the frame that takes its place") {
    Thread thread(4, 1s);
    thread.present(1, VK_PRESENT_MODE_MAILBOX_KHR, {square(1)});
    CHECK(thread.canvas.await_puts(1));
    thread.present(2, VK_PRESENT_MODE_MAILBOX_KHR, {square(2)});
    thread.present(3, VK_PRESENT_MODE_MAILBOX_KHR, {square(3)});
    // All images but those two of the window and the mailbox are back: the second was replaced.
    std::uint32_t images = 0;
    const auto end = Clock::now() + 10s;
    for (std::uint32_t image = 0; images < 3 && Clock::now() < end;) {
        if (thread.rotation.try_acquire(&image) == VK_SUCCESS) ++images;
    }
    CHECK(images == 3);
    CHECK(thread.canvas.await_puts(2));
    thread.thread->finish();
    REQUIRE(thread.canvas.damages.size() == 2);
    CHECK(thread.canvas.damages[0].empty());  // the first frame is new as a whole
    REQUIRE(thread.canvas.damages[1].size() == 2);
    CHECK(thread.canvas.damages[1][0].offset.x == 3);
    CHECK(thread.canvas.damages[1][1].offset.x == 2);
}

TEST_CASE("MAILBOX leaves replacing to a window with a beat of its own") {
    Thread thread(4);
    for (std::uint64_t id = 1; id <= 3; ++id) thread.present(id, VK_PRESENT_MODE_MAILBOX_KHR);
    CHECK(thread.canvas.await_puts(3));
    CHECK(thread.rotation.shown_result(3) == VK_TIMEOUT);
    thread.rotation.beat();
    thread.thread->finish();
    CHECK(thread.rotation.shown_result(3) == VK_SUCCESS);
}

TEST_CASE("waiting for a present ends when the window has it, and with a timeout before") {
    VGPU_REQUIRE_XVFB();
    LowerDriver lower;
    Options options;
    options.refresh_hz = 5;
    Platform platform(options);
    XConnection connection(shared_xvfb()->display());
    XWindow window(connection, kExtent.width, kExtent.height);
    const auto surface = make_xcb_surface(platform, connection, window);
    Show show(lower, platform, swapchain_info(*surface, kExtent));
    for (std::uint64_t id = 10; id <= 12; ++id) {
        const auto ids = with_id(id);
        REQUIRE(show.show(static_cast<std::uint32_t>(id), &ids) == VK_SUCCESS);
    }
    CHECK(wait_for_present(show.swapchain(), 10, kTenSecondsNs) == VK_SUCCESS);
    const auto before = Clock::now();
    CHECK(wait_for_present(show.swapchain(), 12, 20'000'000) == VK_TIMEOUT);
    CHECK(Clock::now() - before >= 20ms);
    CHECK(wait_for_present(show.swapchain(), 12, UINT64_MAX) == VK_SUCCESS);
    CHECK(window.read(kExtent.width, kExtent.height) == pattern(12, kExtent, 0xffffff));
    CHECK(wait_for_present(show.swapchain(), 13, 0) == VK_TIMEOUT);
    window.destroy();
    show.show(13);
    CHECK(wait_for_present(show.swapchain(), 99, kTenSecondsNs) == VK_ERROR_SURFACE_LOST_KHR);
}

TEST_CASE("a present fence signals, also of a present that fails") {
    Scene scene;
    Show show(scene.lower, scene.platform, scene.info());
    const VkFence fence = show.painter().make_fence();
    const auto fences = with_fence(fence);
    REQUIRE(show.show(1, &fences) == VK_SUCCESS);
    CHECK(vkWaitForFences(scene.lower.device(), 1, &fence, VK_TRUE, kTenSecondsNs) == VK_SUCCESS);
    REQUIRE(vkResetFences(scene.lower.device(), 1, &fence) == VK_SUCCESS);
    std::uint32_t index = 0;
    VkSemaphore painted = VK_NULL_HANDLE;
    REQUIRE(show.draw(2, &index, &painted) == VK_SUCCESS);
    CHECK(show.present(77, painted, &fences) == VK_ERROR_OUT_OF_DATE_KHR);
    CHECK(vkWaitForFences(scene.lower.device(), 1, &fence, VK_TRUE, kTenSecondsNs) == VK_SUCCESS);
}

TEST_CASE("images that are given back without a present can be acquired again") {
    Scene scene;
    Show show(scene.lower, scene.platform, scene.info());
    std::uint32_t indices[3];
    for (std::uint32_t& index : indices) {
        REQUIRE(acquire_next_image(show.swapchain(), 0, VK_NULL_HANDLE, show.painter().make_fence(),
                                   &index) == VK_SUCCESS);
    }
    VkReleaseSwapchainImagesInfoEXT info{VK_STRUCTURE_TYPE_RELEASE_SWAPCHAIN_IMAGES_INFO_EXT};
    info.swapchain = show.handle();
    info.imageIndexCount = 2;
    info.pImageIndices = indices + 1;
    CHECK(release_swapchain_images(info) == VK_SUCCESS);
    CHECK(release_swapchain_images(info) == VK_SUCCESS);  // nothing more of them is there to give
    std::uint32_t index = 99;
    const VkFence fence = show.painter().make_fence();
    for (int i = 1; i <= 2; ++i) {
        CHECK(acquire_next_image(show.swapchain(), 0, VK_NULL_HANDLE, show.painter().make_fence(),
                                 &index) == VK_SUCCESS);
        CHECK(index == indices[i]);
    }
    CHECK(acquire_next_image(show.swapchain(), 0, VK_NULL_HANDLE, fence, &index) == VK_NOT_READY);
}

TEST_CASE("a present may change the swapchain's mode") {
    Options options;
    options.refresh_hz = 4;
    Scene scene(options);
    Show show(scene.lower, scene.platform, scene.info());
    const VkPresentModeKHR immediate = VK_PRESENT_MODE_IMMEDIATE_KHR;
    const auto modes = with_mode(immediate);
    REQUIRE(show.show(0, &modes) == VK_SUCCESS);
    auto before = Clock::now();
    // It stays so.
    for (std::uint32_t seed = 1; seed <= 40; ++seed) REQUIRE(show.show(seed) == VK_SUCCESS);
    CHECK(Clock::now() - before < 9s);  // FIFO would take 9.5 s
    const VkPresentModeKHR fifo = VK_PRESENT_MODE_FIFO_KHR;
    const auto back = with_mode(fifo);
    before = Clock::now();
    for (std::uint32_t seed = 1; seed <= 8; ++seed) REQUIRE(show.show(seed, &back) == VK_SUCCESS);
    CHECK(Clock::now() - before >= 3 * 250ms);
}

TEST_CASE(
    "a surface tells which modes a swapchain may change between, and that it scales nothing") {
    Scene scene;
    VkPresentModeKHR modes[8]{};
    VkSurfacePresentModeCompatibilityEXT compatible{
        VK_STRUCTURE_TYPE_SURFACE_PRESENT_MODE_COMPATIBILITY_EXT};
    VkSurfacePresentScalingCapabilitiesEXT scaling{
        VK_STRUCTURE_TYPE_SURFACE_PRESENT_SCALING_CAPABILITIES_EXT, &compatible};
    scaling.supportedPresentScaling = 77;
    VkSurfaceCapabilities2KHR capabilities{VK_STRUCTURE_TYPE_SURFACE_CAPABILITIES_2_KHR, &scaling};
    VkSurfacePresentModeEXT mode{VK_STRUCTURE_TYPE_SURFACE_PRESENT_MODE_EXT};
    mode.presentMode = VK_PRESENT_MODE_FIFO_KHR;
    VkPhysicalDeviceSurfaceInfo2KHR info{VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SURFACE_INFO_2_KHR};
    info.pNext = &mode;
    info.surface = to_handle<VkSurfaceKHR>(scene.surface.get());
    REQUIRE(get_surface_capabilities2(scene.lower.driver(), info, &capabilities) == VK_SUCCESS);
    CHECK(compatible.presentModeCount == 4);
    CHECK(scaling.supportedPresentScaling == 0);
    CHECK(scaling.maxScaledImageExtent.width ==
          capabilities.surfaceCapabilities.maxImageExtent.width);
    compatible.presentModeCount = 2;
    compatible.pPresentModes = modes;
    REQUIRE(get_surface_capabilities2(scene.lower.driver(), info, &capabilities) == VK_SUCCESS);
    CHECK(compatible.presentModeCount == 2);
    CHECK(modes[1] != modes[2]);
    CHECK(modes[2] == 0);
}

TEST_CASE("windows' features are told wherever they stand in a chain") {
    VkPhysicalDevicePresentIdFeaturesKHR id{
        VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PRESENT_ID_FEATURES_KHR};
    VkPhysicalDevicePresentWaitFeaturesKHR wait{
        VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PRESENT_WAIT_FEATURES_KHR, &id};
    VkPhysicalDeviceVulkan11Features other{VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_FEATURES,
                                           &wait};
    VkPhysicalDeviceSwapchainMaintenance1FeaturesEXT maintenance{
        VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SWAPCHAIN_MAINTENANCE_1_FEATURES_EXT, &other};
    set_window_features(&maintenance);
    CHECK(id.presentId);
    CHECK(wait.presentWait);
    CHECK(maintenance.swapchainMaintenance1);
    CHECK_FALSE(other.multiview);
}

TEST_CASE("a screen's mode tells how long a frame lasts") {
    xcb_randr_mode_info_t mode{};
    mode.dot_clock = 148'500'000;
    mode.htotal = 2200;
    mode.vtotal = 1125;
    CHECK(period_of_mode(mode)->count() / 1000 == 16'666);
    mode.mode_flags = XCB_RANDR_MODE_FLAG_INTERLACE;
    CHECK(period_of_mode(mode)->count() / 1000 == 8'333);
    mode.mode_flags = XCB_RANDR_MODE_FLAG_DOUBLE_SCAN;
    CHECK(period_of_mode(mode)->count() / 1000 == 33'333);
    mode.dot_clock = 0;
    CHECK_FALSE(period_of_mode(mode).has_value());
    mode.dot_clock = 148'500'000;
    mode.vtotal = 0;
    CHECK_FALSE(period_of_mode(mode).has_value());
}

TEST_CASE("an X server is asked for its rate, and one without a screen has none or a sound one") {
    VGPU_REQUIRE_XVFB();
    Platform platform(unpaced());
    XConnection connection(shared_xvfb()->display());
    XWindow window(connection, kExtent.width, kExtent.height);
    REQUIRE(platform.x11() != nullptr);
    const auto period = x11_refresh_period(*platform.x11(), connection.get(), window.id());
    if (period) CHECK((*period >= 1ms && *period <= 1s));
    CHECK_FALSE(x11_refresh_period(*platform.x11(), connection.get(), 12345).has_value());
    CHECK(connection.errors() == 0);
}

}  // namespace vgpu::wsi::test
