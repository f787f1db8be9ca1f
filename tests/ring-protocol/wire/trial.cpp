// One encode or decode with everything that the tests want to know of it.
#include "trial.h"

#include <algorithm>
#include <cstring>

#include "record_map.h"
#include "sample_builder.h"
#include "tests/catch.h"
#include "wire/codec.h"

namespace vgpu::wire::test {

namespace {

template <typename Encode>
Octets written(Encode&& encode_into) {
    alignas(8) std::uint8_t small[2048];
    std::vector<std::uint8_t> overflow;
    Writer writer(small, small + sizeof(small), overflow);
    encode_into(writer);
    return Octets(writer.data(), writer.data() + writer.size());
}

// Encoding what the host decoded writes the driver's handles: turns them into ids again.
void unmark_handles(const StructInfo& info, Octets& octets) {
    const RecordMap map(info, octets);
    REQUIRE(map.ok);
    for (const Item& item : map.items) {
        if (item.kind != Item::Kind::Handle || kHasGuestObject[item.field->aux]) continue;
        const auto handle = number_at<std::uint64_t>(octets, item.at);
        const std::uint64_t id = handle == 0 ? 0 : handle ^ TestObjects::kHostMark;
        std::memcpy(octets.data() + item.at, &id, sizeof(id));
    }
}

std::vector<ObjectId> kept_ids(const StructInfo& info, const std::uint8_t* args) {
    std::vector<ObjectId> ids;
    for (const Field& field : info.fields) {
        if (field.element != Element::Handle || field.id_offset == kNowhere) continue;
        std::uint64_t n = 1;
        const auto* at = reinterpret_cast<const ObjectId*>(args + field.id_offset);
        if (field.shape == Shape::Array) {
            std::memcpy(&at, args + field.id_offset, sizeof(at));
            n = at ? wanted_count(field, args) : 0;
        }
        ids.insert(ids.end(), at, at + n);
    }
    return ids;
}

}  // namespace

template <typename T>
T number_at(std::span<const std::uint8_t> octets, std::size_t at) {
    T value;
    std::memcpy(&value, octets.data() + at, sizeof(T));
    return value;
}
template std::uint32_t number_at(std::span<const std::uint8_t>, std::size_t);
template std::uint64_t number_at(std::span<const std::uint8_t>, std::size_t);

template <typename T>
Octets with_number(std::span<const std::uint8_t> octets, std::size_t at, T value) {
    Octets changed(octets.begin(), octets.end());
    std::memcpy(changed.data() + at, &value, sizeof(T));
    return changed;
}
template Octets with_number(std::span<const std::uint8_t>, std::size_t, std::uint32_t);
template Octets with_number(std::span<const std::uint8_t>, std::size_t, std::uint64_t);

Octets encoded(const StructInfo& info, const void* source) {
    return written([&](Writer& writer) { encode(writer, info, source); });
}

Octets encoded_flat(const FlatCode& code, const void* args) {
    return written([&](Writer& writer) { code.encode(writer, args); });
}

Outcome decoded(const StructInfo& info, std::span<const std::uint8_t> octets,
                const TestObjects& objects, const FlatCode* code) {
    const std::unique_ptr<std::uint8_t[]> exact(new std::uint8_t[octets.size()]);
    if (!octets.empty()) std::memcpy(exact.get(), octets.data(), octets.size());
    const std::unique_ptr<std::uint8_t[]> args(new std::uint8_t[info.size]());
    Arena arena;
    Reader reader(exact.get(), octets.size(), arena, &objects.table());
    if (code)
        code->decode(reader, args.get());
    else
        decode(reader, info, args.get());
    Outcome outcome;
    outcome.violation = reader.violation();
    outcome.left = reader.left();
    if (!outcome.ok()) return outcome;
    if (info.stype != kNoStype) std::memcpy(&outcome.stype, args.get(), sizeof(outcome.stype));
    outcome.ids = kept_ids(info, args.get());
    outcome.again = encoded(info, args.get());
    unmark_handles(info, outcome.again);
    return outcome;
}

const FlatCode* flat_code(std::uint16_t number) {
    const auto found = std::find_if(kFlatCodes.begin(), kFlatCodes.end(),
                                    [&](const FlatCode& code) { return code.number == number; });
    return found != kFlatCodes.end() ? &*found : nullptr;
}

Trial::Trial(const CommandInfo& command, const TestObjects& objects, std::uint64_t seed)
    : command_(command), objects_(objects), code_(flat_code(command.number)) {
    SampleBuilder builder(objects, seed);
    octets_ = encoded(command.args, builder.structure(command.args));
}

Outcome Trial::decode(std::span<const std::uint8_t> octets) const {
    Outcome outcome = decoded(command_.args, octets, objects_);
    if (code_) {
        const Outcome straight = decoded(command_.args, octets, objects_, code_);
        CHECK(describe(straight.violation) == describe(outcome.violation));
        CHECK(straight.again == outcome.again);
        CHECK(straight.ids == outcome.ids);
        CHECK(straight.left == outcome.left);
    }
    return outcome;
}

Outcome Trial::decode_with(std::size_t at, std::uint32_t value) const {
    return decode(with_number(octets_, at, value));
}
Outcome Trial::decode_with(std::size_t at, std::uint64_t value) const {
    return decode(with_number(octets_, at, value));
}

std::vector<const CommandInfo*> commands() {
    std::vector<const CommandInfo*> all;
    for (const CommandInfo& command : kCommands)
        if (command.name) all.push_back(&command);
    return all;
}

}  // namespace vgpu::wire::test
