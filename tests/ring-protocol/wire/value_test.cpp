// Enums, flags and booleans that the registry does not have.
#include "record_map.h"
#include "tests/catch.h"
#include "trial.h"
#include "wire/codec.h"

namespace vgpu::wire::test {

TEST_CASE("a value that an enum does not have is refused, or 0 where it may be senseless") {
    const TestObjects objects;
    const std::size_t seen = for_each_item(
        objects, Item::Kind::Enum, [&](const Trial& trial, const RecordMap&, const Item& item) {
            const EnumRange last = kEnums[item.field->aux].ranges.back();
            for (const std::uint32_t lie :
                 {static_cast<std::uint32_t>(last.last) + 1, 0x7fffffffu, 0x80000000u}) {
                const Outcome outcome = trial.decode_with(item.at, lie);
                if (!item.field->lenient) {
                    CHECK(describe(outcome.violation) == describe(Violation::BadEnum));
                    continue;
                }
                REQUIRE(describe(outcome.violation) == describe(Violation::None));
                CHECK(outcome.again == with_number(trial.octets(), item.at, 0u));
            }
        });
    CHECK(seen > 500);
}

TEST_CASE("bits that flags do not have are cleared") {
    const TestObjects objects;
    const std::size_t seen = for_each_item(
        objects, Item::Kind::Flags, [&](const Trial& trial, const RecordMap&, const Item& item) {
            Outcome outcome;
            if (item.bytes == 8) {
                const auto bits = number_at<std::uint64_t>(trial.octets(), item.at);
                outcome = trial.decode_with(item.at, bits | ~item.field->mask);
            } else {
                const auto bits = number_at<std::uint32_t>(trial.octets(), item.at);
                outcome = trial.decode_with(item.at,
                                            bits | ~static_cast<std::uint32_t>(item.field->mask));
            }
            REQUIRE(describe(outcome.violation) == describe(Violation::None));
            CHECK(outcome.again == trial.octets());
        });
    CHECK(seen > 500);
}

TEST_CASE("a boolean that is not 0 is VK_TRUE") {
    const TestObjects objects;
    const std::size_t seen = for_each_item(
        objects, Item::Kind::Bool, [&](const Trial& trial, const RecordMap&, const Item& item) {
            for (const std::uint32_t odd : {2u, 0x80000000u, 0xffffffffu}) {
                const Outcome outcome = trial.decode_with(item.at, odd);
                REQUIRE(describe(outcome.violation) == describe(Violation::None));
                CHECK(outcome.again == with_number(trial.octets(), item.at, 1u));
            }
        });
    CHECK(seen > 100);
}

TEST_CASE("an enum has the first and last value of each range and none beside") {
    for (const EnumInfo& info : kEnums) {
        INFO(info.name);
        for (std::size_t i = 0; i < info.ranges.size(); ++i) {
            const EnumRange range = info.ranges[i];
            REQUIRE(range.first <= range.last);
            CHECK(in_enum(info, range.first));
            CHECK(in_enum(info, range.last));
            CHECK_FALSE(in_enum(info, range.first - 1));
            CHECK_FALSE(in_enum(info, range.last + 1));
            if (i > 0) CHECK(info.ranges[i - 1].last < range.first - 1);
        }
        CHECK_FALSE(in_enum(info, INT32_MIN));
        CHECK_FALSE(in_enum(info, INT32_MAX));
    }
}

}  // namespace vgpu::wire::test
