// What one end writes the other reads: every command, every structure, by both codecs.
#include "record_map.h"
#include "sample_builder.h"
#include "tests/catch.h"
#include "trial.h"

namespace vgpu::wire::test {

namespace {

constexpr std::uint64_t kSeeds = 24;

void check_round_trip(const StructInfo& info, const Octets& octets, const Outcome& outcome) {
    INFO(info.name);
    REQUIRE(describe(outcome.violation) == describe(Violation::None));
    CHECK(outcome.left == 0);
    CHECK(outcome.again == octets);
}

}  // namespace

TEST_CASE("every command's arguments survive the wire") {
    const TestObjects objects;
    std::size_t carried = 0;
    for (const CommandInfo* command : commands()) {
        ++carried;
        for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
            INFO(command->name << ", seed " << seed);
            const Trial trial(*command, objects, seed);
            check_round_trip(command->args, trial.octets(), trial.decode(trial.octets()));
        }
    }
    // Numbers below 16 are the rings' own; one whose command left the wire stays unused for ever.
    std::size_t named = 0;
    for (const CommandInfo& command : kCommands) named += command.name != nullptr;
    CHECK(carried == named);
    CHECK(carried > 250);
}

TEST_CASE("the map of a record finds every octet of it") {
    const TestObjects objects;
    for (const CommandInfo* command : commands()) {
        for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
            INFO(command->name << ", seed " << seed);
            const Trial trial(*command, objects, seed);
            const RecordMap map(command->args, trial.octets());
            CHECK(map.ok);
            CHECK(map.end == trial.octets().size());
        }
    }
}

TEST_CASE("a sample is the same each time it is built from the same seed") {
    const TestObjects objects;
    for (const CommandInfo* command : commands())
        CHECK(Trial(*command, objects, 5).octets() == Trial(*command, objects, 5).octets());
}

TEST_CASE("straight code writes the same octets as the codec") {
    const TestObjects objects;
    REQUIRE(kFlatCodes.size() > 50);
    for (const FlatCode& code : kFlatCodes) {
        const CommandInfo& command = kCommands[code.number];
        for (std::uint64_t seed = 0; seed < 4 * kSeeds; ++seed) {
            INFO(command.name << ", seed " << seed);
            SampleBuilder builder(objects, seed);
            const void* args = builder.structure(command.args);
            CHECK(encoded_flat(code, args) == encoded(command.args, args));
            if (code.bytes) CHECK(encoded_straight(code, args) == encoded(command.args, args));
        }
    }
}

TEST_CASE("every structure survives the wire and says what it is") {
    const TestObjects objects;
    for (const StructInfo& info : kStructs) {
        for (std::uint64_t seed = 0; seed < 4; ++seed) {
            SampleBuilder builder(objects, seed);
            const Octets octets = encoded(info, builder.structure(info));
            const Outcome outcome = decoded(info, octets, objects);
            check_round_trip(info, octets, outcome);
            if (info.stype != kNoStype) CHECK(outcome.stype == info.stype);
        }
    }
}

TEST_CASE("every structure survives the wire with each of its extenders") {
    const TestObjects objects;
    std::uint64_t seed = 0;
    std::size_t pairs = 0;
    for (const StructInfo& info : kStructs) {
        for (const std::uint16_t extender : info.extenders) {
            INFO(kStructs[extender].name);
            SampleBuilder builder(objects, ++seed);
            const Octets octets = encoded(info, builder.with_chain(info, {&extender, 1}));
            check_round_trip(info, octets, decoded(info, octets, objects));
            ++pairs;
        }
    }
    CHECK(pairs > 300);
}

TEST_CASE("every structure survives the wire with all of its extenders at once") {
    const TestObjects objects;
    for (const StructInfo& info : kStructs) {
        if (info.extenders.empty()) continue;
        SampleBuilder builder(objects, 1);
        const Octets octets = encoded(info, builder.with_chain(info, info.extenders));
        check_round_trip(info, octets, decoded(info, octets, objects));
    }
}

TEST_CASE("a record's octets are zero where no field is") {
    const TestObjects objects;
    for (const CommandInfo* command : commands()) {
        for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
            INFO(command->name << ", seed " << seed);
            const Trial trial(*command, objects, seed);
            Octets rest = trial.octets();
            for (const Item& item : RecordMap(command->args, rest).items)
                std::fill_n(rest.begin() + static_cast<std::ptrdiff_t>(item.at), item.bytes, 0);
            CHECK(rest == Octets(rest.size(), 0));
        }
    }
}

}  // namespace vgpu::wire::test
