// Each handle of each record, exchanged for one that may not stand there.
#include <string>

#include "object_types.h"
#include "record_map.h"
#include "sample_builder.h"
#include "tests/catch.h"
#include "trial.h"

namespace vgpu::wire::test {

namespace {

constexpr std::uint64_t kSeeds = 6;

constexpr auto kDevice = static_cast<std::uint16_t>(ObjectType::Device);

bool may_be_null(const Field& field) {
    return field.lenient || (field.shape == Shape::Array ? field.null_elements : field.nullable);
}

// The record with `id` in place of the handle is refused, or read as if nothing stood there.
void check_swap(const Trial& trial, const Item& item, ObjectId id, Violation expected) {
    const Outcome outcome = trial.decode_with(item.at, id);
    if (!item.field->lenient) {
        CHECK(describe(outcome.violation) == describe(expected));
        return;
    }
    REQUIRE(describe(outcome.violation) == describe(Violation::None));
    CHECK(outcome.again == with_number(trial.octets(), item.at, std::uint64_t{0}));
}

}  // namespace

TEST_CASE("a handle that was never created is refused") {
    const TestObjects objects;
    const std::size_t seen = for_each_item(
        objects, Item::Kind::Handle, [&](const Trial& trial, const RecordMap&, const Item& item) {
            for (const ObjectId id : {objects.unknown(), objects.beyond(), ~ObjectId{0},
                                      make_id(0, 1), make_id(0xffffffff, 0)})
                check_swap(trial, item, id, Violation::UnknownHandle);
        });
    CHECK(seen > 2000);
}

TEST_CASE("a handle whose object is gone is refused") {
    const TestObjects objects;
    for_each_item(
        objects, Item::Kind::Handle, [&](const Trial& trial, const RecordMap&, const Item& item) {
            check_swap(trial, item, objects.freed(item.field->aux), Violation::FreedHandle);
        });
}

TEST_CASE("a handle of an older generation of a live index is refused as freed") {
    const TestObjects objects;
    for_each_item(objects, Item::Kind::Handle,
                  [&](const Trial& trial, const RecordMap&, const Item& item) {
                      const ObjectId live = objects.live(item.field->aux, 0);
                      const ObjectId older = make_id(index_of(live), generation_of(live) - 1);
                      const ObjectId newer = make_id(index_of(live), generation_of(live) + 1);
                      check_swap(trial, item, older, Violation::FreedHandle);
                      check_swap(trial, item, newer, Violation::UnknownHandle);
                  });
}

TEST_CASE("a handle of an object that the driver could not make is refused as freed") {
    const TestObjects objects;
    for_each_item(
        objects, Item::Kind::Handle, [&](const Trial& trial, const RecordMap&, const Item& item) {
            // A device that failed would be another device than the record's.
            if (item.at != 0 && item.field->aux == kDevice) return;
            check_swap(trial, item, objects.failed(item.field->aux), Violation::FreedHandle);
        });
}

TEST_CASE("a handle of another type is refused") {
    const TestObjects objects;
    for_each_item(objects, Item::Kind::Handle,
                  [&](const Trial& trial, const RecordMap&, const Item& item) {
                      check_swap(trial, item, objects.of_another_type(item.field->aux),
                                 Violation::WrongHandleType);
                  });
}

TEST_CASE("a handle of another device is refused") {
    const TestObjects objects;
    std::size_t foreign = 0;
    for_each_item(
        objects, Item::Kind::Handle, [&](const Trial& trial, const RecordMap&, const Item& item) {
            // The record's first handle says of which device it speaks; it cannot be foreign
            // itself.
            if (item.at == 0 || !kDeviceLevel[item.field->aux]) return;
            check_swap(trial, item, objects.foreign(item.field->aux), Violation::ForeignHandle);
            ++foreign;
        });
    CHECK(foreign > 1000);
}

TEST_CASE("a null handle is refused where Vulkan wants an object") {
    const TestObjects objects;
    std::size_t refused = 0;
    for_each_item(objects, Item::Kind::Handle,
                  [&](const Trial& trial, const RecordMap&, const Item& item) {
                      const Outcome outcome = trial.decode_with(item.at, std::uint64_t{0});
                      if (may_be_null(*item.field)) {
                          CHECK(outcome.ok());
                      } else {
                          CHECK(describe(outcome.violation) == describe(Violation::UnknownHandle));
                          ++refused;
                      }
                  });
    CHECK(refused > 1000);
}

TEST_CASE("a record begins with the handle that says of which device it speaks") {
    for (const CommandInfo* command : commands()) {
        INFO(command->name);
        const Field& first = command->args.fields[0];
        if (std::string(command->name) == "vkCreateInstance") continue;
        CHECK(first.element == Element::Handle);
        CHECK(first.shape == Shape::Value);
        CHECK_FALSE(first.nullable);
        CHECK_FALSE(first.lenient);
    }
}

TEST_CASE("the ids of a command's handles are kept besides the driver's handles") {
    const TestObjects objects;
    for (const CommandInfo* command : commands()) {
        for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
            INFO(command->name << ", seed " << seed);
            const Trial trial(*command, objects, seed);
            std::vector<ObjectId> top_level;
            for (const Item& item : RecordMap(command->args, trial.octets()).items)
                if (item.kind == Item::Kind::Handle && item.field->id_offset != kNowhere)
                    top_level.push_back(number_at<std::uint64_t>(trial.octets(), item.at));
            CHECK(trial.decode(trial.octets()).ids == top_level);
        }
    }
}

TEST_CASE("a create names a free id") {
    const TestObjects objects;
    const std::size_t seen = for_each_item(
        objects, Item::Kind::NewHandle,
        [&](const Trial& trial, const RecordMap&, const Item& item) {
            for (const ObjectId id : {objects.live(item.field->aux, 0), objects.beyond(),
                                      ObjectId{0}, make_id(TestObjects::kLimit - 1, 0)})
                CHECK(describe(trial.decode_with(item.at, id).violation) ==
                      describe(Violation::IdInUse));
            CHECK(trial.decode_with(item.at, objects.unknown()).ok());
        });
    CHECK(seen > 100);
}

TEST_CASE("a create of several names each index once") {
    const TestObjects objects;
    std::size_t seen = 0;
    const auto repeat = [&](const Trial& trial, const RecordMap& map, const Item& item) {
        for (const Item& later : map.items) {
            if (later.kind != Item::Kind::NewHandle || later.at <= item.at) continue;
            const auto id = number_at<std::uint64_t>(trial.octets(), item.at);
            const ObjectId next_generation = make_id(index_of(id), generation_of(id) + 1);
            for (const ObjectId same : {ObjectId{id}, next_generation})
                CHECK(describe(trial.decode_with(later.at, same).violation) ==
                      describe(Violation::IdInUse));
            ++seen;
        }
    };
    for_each_item(objects, Item::Kind::NewHandle, repeat, 12);
    CHECK(seen > 20);
}

TEST_CASE("no reply carries a handle or a text") {
    for (const CommandInfo* command : commands())
        for (const Field& field : command->reply.fields) {
            INFO(command->name << ", at " << field.offset);
            CHECK(field.element != Element::Handle);
            CHECK(field.element != Element::NewHandle);
            CHECK(field.element != Element::String);
        }
}

}  // namespace vgpu::wire::test
