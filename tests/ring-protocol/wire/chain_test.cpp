// pNext chains: what may stand there, once.
#include <vulkan/vulkan.h>

#include "record_map.h"
#include "sample_builder.h"
#include "tests/catch.h"
#include "trial.h"

namespace vgpu::wire::test {

namespace {

constexpr std::uint32_t kStrangeStype = 0x7ffffff0;
constexpr std::uint32_t kNeverExtends = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO;

}  // namespace

TEST_CASE("a structure that may not stand in a chain is refused") {
    const TestObjects objects;
    const std::size_t seen = for_each_item(
        objects, Item::Kind::Stype, [&](const Trial& trial, const RecordMap&, const Item& item) {
            for (const std::uint32_t stype : {kStrangeStype, kNeverExtends})
                CHECK(trial.decode_with(item.at, stype).violation == Violation::UnknownStruct);
        });
    CHECK(seen > 500);
}

TEST_CASE("a structure at the end of a chain where none may be is refused") {
    const TestObjects objects;
    for (const CommandInfo* command : commands()) {
        const Trial trial(*command, objects, 2);
        for (const Item& item : RecordMap(command->args, trial.octets()).items) {
            if (item.kind != Item::Kind::ChainEnd) continue;
            INFO(command->name << ", at " << item.at);
            CHECK(trial.decode_with(item.at, kStrangeStype).violation == Violation::UnknownStruct);
        }
    }
}

TEST_CASE("the same structure twice in a chain is refused") {
    const TestObjects objects;
    std::size_t seen = 0;
    for_each_item(
        objects, Item::Kind::Stype,
        [&](const Trial& trial, const RecordMap& map, const Item& item) {
            for (const Item& later : map.items) {
                if (later.kind != Item::Kind::Stype || later.chain != item.chain) continue;
                if (later.at <= item.at) continue;
                const auto first = number_at<std::uint32_t>(trial.octets(), item.at);
                CHECK(trial.decode_with(later.at, first).violation == Violation::DuplicateStruct);
                ++seen;
            }
        });
    CHECK(seen > 100);
}

TEST_CASE("an application's chain that names a structure twice crosses with the first") {
    const TestObjects objects;
    for (const StructInfo& info : kStructs) {
        if (info.extenders.empty()) continue;
        INFO(info.name);
        const std::uint16_t once[] = {info.extenders[0]};
        const std::uint16_t twice[] = {info.extenders[0], info.extenders[0]};
        SampleBuilder builder(objects, 3);
        const Octets octets = encoded(info, builder.with_chain(info, twice));
        std::size_t stypes = 0;
        for (const Item& item : RecordMap(info, octets).items)
            if (item.kind == Item::Kind::Stype && item.chain == 0) ++stypes;
        CHECK(stypes == std::size(once));
        CHECK(decoded(info, octets, objects).ok());
    }
}

TEST_CASE("every structure that extends another has its own sType") {
    for (const StructInfo& info : kStructs)
        for (const std::uint16_t a : info.extenders) {
            CHECK(kStructs[a].stype != kNoStype);
            for (const std::uint16_t b : info.extenders)
                if (a != b) CHECK(kStructs[a].stype != kStructs[b].stype);
        }
}

}  // namespace vgpu::wire::test
