// Loses the device, or only a fence, under a swapchain: everything must end in bounded time.
#include <chrono>

#include "show.h"
#include "tests/catch.h"
#include "wsi/headless_window.h"
#include "wsi/present_thread.h"

namespace vgpu::wsi::test {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr VkExtent2D kExtent{16, 16};

// A driver whose copies never complete.
VkResult never_signalled(VkDevice, VkFence) {
    return VK_NOT_READY;
}

VkResult always_lost(VkDevice, VkFence) {
    return VK_ERROR_DEVICE_LOST;
}

}  // namespace

TEST_CASE("a lost device ends an endless acquire and the swapchain") {
    LowerDriver lower;
    Platform platform(unpaced());
    const auto surface = make_headless_surface(platform);
    const auto before = Clock::now();
    {
        Show show(lower, platform, swapchain_info(*surface, kExtent));
        const bool told = GENERATE(false, true);
        lower.driver().GetFenceStatus = told ? always_lost : never_signalled;
        for (std::uint32_t seed = 0; seed < 3; ++seed) show.show(seed);
        if (!told) lower.set_lost();
        std::uint32_t index = 0;
        CHECK(acquire_next_image(show.swapchain(), UINT64_MAX, VK_NULL_HANDLE,
                                 show.painter().make_fence(), &index) == VK_ERROR_DEVICE_LOST);
    }
    CHECK(Clock::now() - before < 5s);
}

TEST_CASE("an acquire that waits hears of the device's loss though no copy is under way") {
    LowerDriver lower;
    Platform platform(unpaced());
    const auto surface = make_headless_surface(platform);
    Show show(lower, platform, swapchain_info(*surface, kExtent));
    std::uint32_t index = 0;
    for (int i = 0; i < 3; ++i) {
        REQUIRE(acquire_next_image(show.swapchain(), 0, VK_NULL_HANDLE, show.painter().make_fence(),
                                   &index) == VK_SUCCESS);
    }
    std::thread loses([&] {
        std::this_thread::sleep_for(50ms);
        lower.set_lost();
    });
    CHECK(acquire_next_image(show.swapchain(), UINT64_MAX, VK_NULL_HANDLE,
                             show.painter().make_fence(), &index) == VK_ERROR_DEVICE_LOST);
    loses.join();
}

TEST_CASE("a copy that never completes is given up when the swapchain goes") {
    LowerDriver lower;
    lower.driver().GetFenceStatus = never_signalled;
    HeadlessWindow window;
    std::unique_ptr<Canvas> canvas;
    REQUIRE(window.make_canvas({}, canvas) == VK_SUCCESS);
    ImageRotation rotation(1);
    std::vector<SwapchainImage> images;
    const auto surface = std::make_unique<Surface>(std::make_unique<HeadlessWindow>());
    const ImageRecipe recipe(swapchain_info(*surface, kExtent));
    REQUIRE(SwapchainImage::create(lower.driver(), recipe, false, images) == VK_SUCCESS);
    ShowOrder order;
    PresentWork work{lower.driver(), rotation, images, *canvas, order};
    work.patience = 300ms;
    PresentThread thread(work);
    std::uint32_t index = 0;
    REQUIRE(rotation.try_acquire(&index) == VK_SUCCESS);
    rotation.present({index});
    const auto before = Clock::now();
    CHECK_FALSE(thread.finish());
    CHECK(Clock::now() - before >= 300ms);
    CHECK(Clock::now() - before < 5s);
}

}  // namespace vgpu::wsi::test
