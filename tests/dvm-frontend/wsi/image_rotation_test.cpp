// Checks how images go round between application and present thread.
#include "wsi/image_rotation.h"

#include "tests/catch.h"

namespace vgpu::wsi {
namespace {

const PresentedFrame kNone{99};

std::uint32_t acquire_now(ImageRotation& rotation) {
    std::uint32_t image = 99;
    REQUIRE(rotation.try_acquire(&image) == VK_SUCCESS);
    return image;
}

}  // namespace

TEST_CASE("images are acquired in the order in which they were released") {
    ImageRotation rotation(3);
    for (std::uint32_t i = 0; i < 3; ++i) CHECK(acquire_now(rotation) == i);
    rotation.release(2);
    rotation.release(0);
    CHECK(acquire_now(rotation) == 2);
    CHECK(acquire_now(rotation) == 0);
}

TEST_CASE("an acquire without an available image has no answer") {
    ImageRotation rotation(1);
    CHECK(rotation.can_answer());
    acquire_now(rotation);
    CHECK_FALSE(rotation.can_answer());
    std::uint32_t image = 0;
    CHECK(rotation.try_acquire(&image) == VK_TIMEOUT);
}

TEST_CASE("an acquire that is taken back gives the same image again") {
    ImageRotation rotation(2);
    const std::uint32_t image = acquire_now(rotation);
    rotation.undo_acquire(image);
    CHECK_FALSE(rotation.acquired(image));
    CHECK(acquire_now(rotation) == image);
}

TEST_CASE("only an image that the application holds counts as acquired") {
    ImageRotation rotation(2);
    CHECK_FALSE(rotation.acquired(0));
    acquire_now(rotation);
    CHECK(rotation.acquired(0));
    CHECK_FALSE(rotation.acquired(2));
    rotation.present({0});
    CHECK_FALSE(rotation.acquired(0));
}

TEST_CASE("presented images come to the present thread in order, also when it is to stop") {
    ImageRotation rotation(3);
    for (int i = 0; i < 3; ++i) acquire_now(rotation);
    rotation.present({1});
    rotation.present({0});
    rotation.stop();
    CHECK(rotation.await_work(true, std::nullopt).frame.value_or(kNone).image == 1u);
    const auto not_taking = rotation.await_work(false, std::nullopt);
    CHECK_FALSE(not_taking.frame.has_value());
    CHECK(not_taking.stopping);
    CHECK(rotation.await_work(true, std::nullopt).frame.value_or(kNone).image == 0u);
    CHECK_FALSE(rotation.await_work(true, std::nullopt).frame.has_value());
}

TEST_CASE("a release, an error and a retirement are answers") {
    ImageRotation rotation(1);
    acquire_now(rotation);
    VkResult expected = VK_SUCCESS;
    SECTION("release") {
        rotation.release(0);
    }
    SECTION("error") {
        expected = VK_ERROR_SURFACE_LOST_KHR;
        rotation.note(VK_ERROR_SURFACE_LOST_KHR);
    }
    SECTION("retirement") {
        expected = VK_ERROR_OUT_OF_DATE_KHR;
        rotation.retire();
    }
    CHECK(rotation.can_answer());
    std::uint32_t image = 99;
    CHECK(rotation.try_acquire(&image) == expected);
}

TEST_CASE("who awaits an answer is known for as long as it does") {
    ImageRotation rotation(1);
    CHECK_FALSE(rotation.awaited());
    {
        const ImageRotation::Awaiting awaiting(rotation);
        CHECK(rotation.awaited());
    }
    CHECK_FALSE(rotation.awaited());
}

TEST_CASE("being suboptimal comes and goes, an error stays") {
    ImageRotation rotation(3);
    rotation.note(VK_SUBOPTIMAL_KHR);
    std::uint32_t image = 99;
    CHECK(rotation.try_acquire(&image) == VK_SUBOPTIMAL_KHR);
    rotation.note(VK_SUCCESS);
    CHECK(rotation.try_acquire(&image) == VK_SUCCESS);
    rotation.note(VK_ERROR_DEVICE_LOST);
    rotation.note(VK_SUCCESS);
    CHECK(rotation.try_acquire(&image) == VK_ERROR_DEVICE_LOST);
}

TEST_CASE("a beat ends the present thread's wait, once") {
    ImageRotation rotation(1);
    rotation.beat();
    CHECK(rotation.await_work(true, std::nullopt).beat);
    const auto soon = ImageRotation::Clock::now() + std::chrono::milliseconds(5);
    CHECK_FALSE(rotation.await_work(true, soon).beat);
}

TEST_CASE("a shown frame answers for its id and those before, an error for those after") {
    ImageRotation rotation(1);
    CHECK(rotation.shown_result(1) == VK_TIMEOUT);
    rotation.note_shown(5);
    rotation.note_shown(3);
    CHECK(rotation.shown_result(5) == VK_SUCCESS);
    CHECK(rotation.shown_result(6) == VK_TIMEOUT);
    rotation.note(VK_ERROR_SURFACE_LOST_KHR);
    CHECK(rotation.shown_result(5) == VK_SUCCESS);
    CHECK(rotation.shown_result(6) == VK_ERROR_SURFACE_LOST_KHR);
}

}  // namespace vgpu::wsi
