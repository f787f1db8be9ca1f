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

Octets encoded_straight(const FlatCode& code, const void* args) {
    constexpr std::uint8_t kAround = 0xa5;
    const std::size_t bytes = code.bytes(args);
    std::vector<std::uint64_t> words(bytes / 8 + 3);
    auto* const memory = reinterpret_cast<std::uint8_t*>(words.data());
    std::memset(memory, kAround, words.size() * 8);
    code.encode_straight(memory + 8, args);
    Octets octets(memory + 8, memory + 8 + bytes);
    std::memset(memory + 8, kAround, bytes);
    CHECK(std::count(memory, memory + words.size() * 8, kAround) ==
          static_cast<std::ptrdiff_t>(words.size() * 8));
    return octets;
}

Outcome decoded(const StructInfo& info, std::span<const std::uint8_t> octets,
                const TestObjects& objects, Way way, const FlatCode* code) {
    const std::unique_ptr<std::uint8_t[]> exact(new std::uint8_t[octets.size()]);
    if (!octets.empty()) std::memcpy(exact.get(), octets.data(), octets.size());
    const std::unique_ptr<std::uint8_t[]> args(new std::uint8_t[info.size]());
    Arena arena;
    FixedReader fixed(exact.get(), octets.size(), arena, &objects.table());
    Reader checked(exact.get(), octets.size(), arena, &objects.table());
    Reader& reader = way == Way::Fixed ? fixed : checked;
    if (way == Way::Codec)
        decode(checked, info, args.get());
    else if (way == Way::Straight)
        code->decode(checked, args.get());
    else
        code->decode_fixed(fixed, args.get());
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
    const auto check_same = [&](const Outcome& other) {
        CHECK(describe(other.violation) == describe(outcome.violation));
        CHECK(other.again == outcome.again);
        CHECK(other.ids == outcome.ids);
    };
    if (code_) {
        const Outcome straight = decoded(command_.args, octets, objects_, Way::Straight, code_);
        check_same(straight);
        CHECK(straight.left == outcome.left);
    }
    if (code_ && code_->decode_fixed) {
        // Refused by its length alone only where the fields or the rest would refuse it too.
        if (code_->has_fixed_fields(octets.size()))
            check_same(decoded(command_.args, octets, objects_, Way::Fixed, code_));
        else
            CHECK((!outcome.ok() || outcome.left >= 8));
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
