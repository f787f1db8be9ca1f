// The first senseless field stops a reader for good.
#include "wire/reader.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "tests/catch.h"
#include "wire/handle_table.h"

namespace vgpu::wire {

namespace {
alignas(8) constexpr std::array<std::uint8_t, 16> kOctets = {1, 0, 0, 0, 2, 0, 0, 0,
                                                             3, 0, 0, 0, 4, 0, 0, 0};
}

TEST_CASE("fields are read in their order") {
    Arena arena;
    Reader reader(kOctets.data(), kOctets.size(), arena);
    CHECK(reader.u32() == 1);
    reader.align8();
    CHECK(reader.u64() == 0x400000003);
    CHECK(reader.left() == 0);
    CHECK(reader.finish());
}

TEST_CASE("after a violation every read gives zero and the first reason stays") {
    Arena arena;
    Reader reader(kOctets.data(), kOctets.size(), arena);
    CHECK(reader.u32() == 1);
    reader.fail(Violation::BadEnum);
    reader.fail(Violation::TooDeep);
    CHECK(reader.u32() == 0);
    CHECK(reader.u64() == 0);
    CHECK(reader.raw(4) == nullptr);
    CHECK(reader.count(1) == 0);
    CHECK(reader.left() == 0);
    CHECK_FALSE(reader.finish());
    CHECK(reader.violation() == Violation::BadEnum);
}

TEST_CASE("bytes are read with the padding behind them") {
    Arena arena;
    Reader reader(kOctets.data(), 14, arena);
    CHECK(reader.raw(5) == kOctets.data());
    CHECK(reader.position() == 8);
    CHECK(reader.raw(0) == kOctets.data() + 8);
    CHECK(reader.position() == 8);
    // Of the last five bytes' padding only a part is there.
    CHECK(reader.raw(5) == nullptr);
    CHECK(reader.violation() == Violation::Truncated);
}

TEST_CASE("a length near the greatest number does not wrap") {
    for (const std::size_t bytes : {SIZE_MAX, SIZE_MAX - 1, SIZE_MAX - 2, SIZE_MAX - 3}) {
        Arena arena;
        Reader reader(kOctets.data(), kOctets.size(), arena);
        CHECK(reader.raw(bytes) == nullptr);
        CHECK(reader.violation() == Violation::Truncated);
    }
}

TEST_CASE("a count is held against what is left of the record") {
    Arena arena;
    Reader fits(kOctets.data(), kOctets.size(), arena);
    CHECK(fits.count(12) == 1);
    Reader beyond(kOctets.data(), kOctets.size(), arena);
    CHECK(beyond.count(13) == 0);
    CHECK(beyond.violation() == Violation::CountOverLimit);
}

TEST_CASE("eight octets behind the last field are too many") {
    Arena arena;
    Reader reader(kOctets.data(), 12, arena);
    reader.u32();
    CHECK_FALSE(reader.finish());
    CHECK(reader.violation() == Violation::TrailingBytes);
}

TEST_CASE("a record speaks of the device of its first device-level object") {
    HandleTable table(16);
    Slot* one = table.insert(make_id(1, 1), 1, 1, 5);
    Slot* same = table.insert(make_id(2, 1), 1, 1, 5);
    Slot* other = table.insert(make_id(3, 1), 1, 1, 6);
    Slot* of_instance = table.insert(make_id(4, 1), 1, 1, HandleTable::kInstanceScope);
    Arena arena;
    Reader reader(kOctets.data(), kOctets.size(), arena, &table);
    CHECK(reader.scope() == HandleTable::kInstanceScope);
    CHECK(reader.in_scope(of_instance->scope, false));
    CHECK(reader.in_scope(one->scope, true));
    CHECK(reader.in_scope(same->scope, true));
    CHECK_FALSE(reader.in_scope(other->scope, true));
    CHECK(reader.in_scope(of_instance->scope, false));
    CHECK(reader.scope() == 5);
}

TEST_CASE("every violation has words of its own") {
    std::vector<std::string> all;
    for (int i = 0; i <= static_cast<int>(Violation::BadArgument); ++i) {
        const std::string words = describe(static_cast<Violation>(i));
        CHECK(words != "an unnamed violation");
        CHECK(std::find(all.begin(), all.end(), words) == all.end());
        all.push_back(words);
    }
}

}  // namespace vgpu::wire
