// Two writers, one range: nobody's bytes are lost.
#include "worker/mirror.h"

#include <cstring>
#include <random>
#include <vector>

#include "tests/catch.h"

using vgpu::worker::Mirror;

namespace {
constexpr std::size_t kBytes = 3 * 4096;
}

TEST_CASE("a mirror begins with what the guest has") {
    std::vector<std::uint8_t> guest(kBytes, 5);
    std::vector<std::uint8_t> driver(kBytes, 9);
    Mirror mirror(guest.data(), driver.data(), kBytes);
    CHECK(driver == guest);
    CHECK_FALSE(mirror.guest_to_driver());
    CHECK_FALSE(mirror.driver_to_guest());
}

TEST_CASE("each side's bytes reach the other and leave its own alone") {
    std::vector<std::uint8_t> guest(kBytes, 0);
    std::vector<std::uint8_t> driver(kBytes, 0);
    Mirror mirror(guest.data(), driver.data(), kBytes);
    guest[17] = 1;
    driver[18] = 2;
    REQUIRE(mirror.driver_to_guest());
    CHECK(guest[17] == 1);
    CHECK(guest[18] == 2);
    CHECK(driver[17] == 0);
    REQUIRE(mirror.guest_to_driver());
    CHECK(driver[17] == 1);
    CHECK(driver[18] == 2);
}

TEST_CASE("a byte that goes back to its old value is carried too") {
    std::vector<std::uint8_t> guest(kBytes, 3);
    std::vector<std::uint8_t> driver(kBytes);
    Mirror mirror(guest.data(), driver.data(), kBytes);
    driver[4096] = 4;
    mirror.driver_to_guest();
    guest[4096] = 3;
    mirror.guest_to_driver();
    CHECK(driver[4096] == 3);
}

TEST_CASE("random disjoint writes of both sides end up alike") {
    std::mt19937 random(7);
    std::vector<std::uint8_t> guest(kBytes, 0);
    std::vector<std::uint8_t> driver(kBytes, 0);
    std::vector<std::uint8_t> expected(kBytes, 0);
    Mirror mirror(guest.data(), driver.data(), kBytes);
    for (int round = 0; round < 200; ++round) {
        for (int i = 0; i < 300; ++i) {
            const std::size_t at = random() % kBytes;
            const auto value = static_cast<std::uint8_t>(random());
            // Even bytes are the guest's, odd ones the driver's; now and then whole runs.
            (at % 2 == 0 ? guest : driver)[at] = value;
            expected[at] = value;
        }
        if (round % 2 == 0) {
            mirror.driver_to_guest();
            mirror.guest_to_driver();
        } else {
            mirror.guest_to_driver();
            mirror.driver_to_guest();
        }
        REQUIRE(guest == expected);
        REQUIRE(driver == expected);
    }
}

TEST_CASE("long runs are carried whole") {
    std::vector<std::uint8_t> guest(kBytes, 0);
    std::vector<std::uint8_t> driver(kBytes, 0);
    Mirror mirror(guest.data(), driver.data(), kBytes);
    std::memset(guest.data() + 3, 0xff, 5000);
    mirror.guest_to_driver();
    CHECK(driver == guest);
}
