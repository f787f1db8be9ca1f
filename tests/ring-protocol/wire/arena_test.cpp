// A record's private memory is bounded, aligned and zeroed.
#include "wire/arena.h"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "tests/catch.h"

namespace vgpu::wire {

namespace {

bool is_zero(const void* memory, std::size_t bytes) {
    const auto* at = static_cast<const std::uint8_t*>(memory);
    return std::all_of(at, at + bytes, [](std::uint8_t octet) { return octet == 0; });
}

}  // namespace

TEST_CASE("memory of an arena is aligned and zero, also where it was used before") {
    Arena arena;
    for (int round = 0; round < 3; ++round) {
        for (const std::size_t bytes : {1, 15, 16, 17, 1000, 70'000, 3}) {
            void* memory = arena.allocate(bytes);
            REQUIRE(memory);
            CHECK(reinterpret_cast<std::uintptr_t>(memory) % 16 == 0);
            CHECK(is_zero(memory, bytes));
            std::memset(memory, 0xff, bytes);
        }
        arena.reset();
    }
}

TEST_CASE("nothing at all can be allocated first") {
    Arena arena;
    CHECK(arena.allocate(0) != nullptr);
    CHECK(arena.allocate_array<std::uint64_t>(0) != nullptr);
}

TEST_CASE("an arena gives its limit and not a byte more") {
    Arena arena(4096);
    CHECK(arena.allocate(4097) == nullptr);
    CHECK(arena.allocate(4096) != nullptr);
    CHECK(arena.allocate(1) == nullptr);
    arena.reset();
    for (int i = 0; i < 256; ++i) CHECK(arena.allocate(1) != nullptr);
    CHECK(arena.allocate(1) == nullptr);
    arena.reset();
    CHECK(arena.allocate(4096) != nullptr);
}

TEST_CASE("sizes near the greatest number do not wrap") {
    Arena arena(4096);
    for (const std::size_t bytes : {SIZE_MAX, SIZE_MAX - 14, SIZE_MAX - 15, SIZE_MAX / 2})
        CHECK(arena.allocate(bytes) == nullptr);
    CHECK(arena.allocate_array<std::uint64_t>(SIZE_MAX / 8 + 1) == nullptr);
    CHECK(arena.allocate_array<std::uint64_t>(513) == nullptr);
    CHECK(arena.allocate_array<std::uint64_t>(512) != nullptr);
}

TEST_CASE("allocations do not overlap") {
    Arena arena;
    std::vector<std::pair<std::uint8_t*, std::size_t>> all;
    for (std::size_t i = 1; i < 400; ++i) {
        auto* memory = static_cast<std::uint8_t*>(arena.allocate(i));
        std::memset(memory, static_cast<int>(i), i);
        all.push_back({memory, i});
    }
    for (const auto& [memory, bytes] : all)
        CHECK(std::all_of(memory, memory + bytes, [n = bytes](std::uint8_t octet) {
            return octet == static_cast<std::uint8_t>(n);
        }));
}

}  // namespace vgpu::wire
