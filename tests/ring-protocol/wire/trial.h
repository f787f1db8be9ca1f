// Encodes a sample and decodes octets of it, whole or damaged, by codec and by straight code.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "flat_table.h"
#include "record_map.h"
#include "test_objects.h"
#include "tests/catch.h"
#include "wire/description.h"
#include "wire/violation.h"

namespace vgpu::wire::test {

using Octets = std::vector<std::uint8_t>;

Octets encoded(const StructInfo& info, const void* source);
Octets encoded_flat(const FlatCode& code, const void* args);
// By stores into a place of the measured size, with octets of ours around it that must stay.
Octets encoded_straight(const FlatCode& code, const void* args);

struct Outcome {
    Violation violation = Violation::None;
    std::size_t left = 0;       // octets that were not read
    Octets again;               // what was decoded, encoded once more as a guest would
    std::uint32_t stype = 0;    // of the structure that was decoded, where it has one
    std::vector<ObjectId> ids;  // that the arguments keep besides the driver's handles
    bool ok() const { return violation == Violation::None; }
};

// Decodes from a block of exactly that size.
enum class Way { Codec, Straight, Fixed };
Outcome decoded(const StructInfo& info, std::span<const std::uint8_t> octets,
                const TestObjects& objects, Way way = Way::Codec, const FlatCode* code = nullptr);

// The straight code of a command, or null.
const FlatCode* flat_code(std::uint16_t number);

// A command's sample and what its damaged octets lead to; both decoders must agree.
class Trial {
  public:
    Trial(const CommandInfo& command, const TestObjects& objects, std::uint64_t seed);

    const StructInfo& info() const { return command_.args; }
    const Octets& octets() const { return octets_; }
    // Checks (Catch2) that the straight code, where there is some, ends as the codec does.
    Outcome decode(std::span<const std::uint8_t> octets) const;
    // As decode(), of the sample's octets with a number put at an offset.
    Outcome decode_with(std::size_t at, std::uint32_t value) const;
    Outcome decode_with(std::size_t at, std::uint64_t value) const;

  private:
    const CommandInfo& command_;
    const TestObjects& objects_;
    const FlatCode* code_;
    Octets octets_;
};

// The commands of the wire.
std::vector<const CommandInfo*> commands();

template <typename T>
T number_at(std::span<const std::uint8_t> octets, std::size_t at);
template <typename T>
Octets with_number(std::span<const std::uint8_t> octets, std::size_t at, T value);

// Calls f(trial, map, item) for every item of that kind in `seeds` samples of every command, and
// says how many there were.
template <typename F>
std::size_t for_each_item(const TestObjects& objects, Item::Kind kind, F&& f,
                          std::uint64_t seeds = 6) {
    std::size_t seen = 0;
    for (const CommandInfo* command : commands()) {
        for (std::uint64_t seed = 0; seed < seeds; ++seed) {
            const Trial trial(*command, objects, seed);
            const RecordMap map(command->args, trial.octets());
            for (const Item& item : map.items) {
                if (item.kind != kind) continue;
                INFO(command->name << ", seed " << seed << ", octet " << item.at
                                   << ", of the structure " << item.field->offset);
                f(trial, map, item);
                ++seen;
            }
        }
    }
    return seen;
}

}  // namespace vgpu::wire::test
