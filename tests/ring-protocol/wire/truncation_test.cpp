// A record that ends too early or too late is refused, and nothing beyond its end is read.
#include <algorithm>

#include "record_map.h"
#include "tests/catch.h"
#include "trial.h"
#include "wire/codec.h"

namespace vgpu::wire::test {

namespace {

bool says_too_short(Violation violation) {
    // An array's number is held against what is left before the array is read.
    return violation == Violation::Truncated || violation == Violation::CountOverLimit;
}

}  // namespace

TEST_CASE("each truncation of each command's record is refused without a look beyond it") {
    const TestObjects objects;
    for (const CommandInfo* command : commands()) {
        for (std::uint64_t seed = 0; seed < 4; ++seed) {
            const Trial trial(*command, objects, seed);
            const std::span<const std::uint8_t> octets = trial.octets();
            for (std::size_t n = 0; n < octets.size(); ++n) {
                INFO(command->name << ", seed " << seed << ", " << n << " of " << octets.size());
                const Violation violation = trial.decode(octets.first(n)).violation;
                if (!says_too_short(violation)) FAIL(describe(violation));
            }
        }
    }
}

TEST_CASE("a record that goes on behind its fields is refused, padding is not") {
    const TestObjects objects;
    for (const CommandInfo* command : commands()) {
        INFO(command->name);
        const Trial trial(*command, objects, 1);
        for (const std::size_t more : {std::size_t{4}, std::size_t{8}, std::size_t{4096}}) {
            alignas(8) static std::uint8_t padded[1 << 16];
            REQUIRE(trial.octets().size() + more <= sizeof(padded));
            std::copy(trial.octets().begin(), trial.octets().end(), padded);
            Arena arena;
            Reader reader(padded, trial.octets().size() + more, arena, &objects.table());
            const std::unique_ptr<std::uint8_t[]> args(new std::uint8_t[command->args.size]());
            REQUIRE(decode(reader, command->args, args.get()));
            CHECK(reader.finish() == (more < 8));
            CHECK(reader.violation() == (more < 8 ? Violation::None : Violation::TrailingBytes));
        }
    }
}

TEST_CASE("a text or an array that claims more than the record holds is refused") {
    const TestObjects objects;
    std::size_t tried = 0;
    for (const CommandInfo* command : commands()) {
        for (std::uint64_t seed = 0; seed < 6; ++seed) {
            const Trial trial(*command, objects, seed);
            const RecordMap map(command->args, trial.octets());
            for (const Item& item : map.items) {
                if (item.kind != Item::Kind::StringLength && item.kind != Item::Kind::Number)
                    continue;
                INFO(command->name << ", seed " << seed << ", octet " << item.at);
                const auto left = static_cast<std::uint32_t>(trial.octets().size() - item.at - 4);
                for (const std::uint32_t lie : {left + 1, 0x7fffffffu, 0xffffffffu}) {
                    ++tried;
                    CHECK(trial.decode_with(item.at, lie).violation == Violation::CountOverLimit);
                }
            }
        }
    }
    CHECK(tried > 1000);
}

}  // namespace vgpu::wire::test
