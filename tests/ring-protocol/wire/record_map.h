// Where each field of an encoded record lies: a second reading of the wire's form, for the tests.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "wire/description.h"

namespace vgpu::wire::test {

struct Item {
    enum class Kind : std::uint8_t {
        Bytes,
        Bool,
        Enum,
        Flags,
        Handle,
        NewHandle,
        Number,        // of an array's elements, or 0 or 1 for a pointer
        StringLength,  // of the bytes behind it
        Stype,         // of a structure in a chain
        ChainEnd,
        Present,  // of what a reply will fill
    };

    Kind kind;
    std::size_t at;     // offset of the first octet
    std::size_t bytes;  // without padding
    const Field* field;
    std::uint32_t instance;  // which structure of the record it belongs to
    std::uint32_t chain;     // Stype: which chain
};

// Walks well-formed octets only. `ok` is false where they are not of that form.
struct RecordMap {
    RecordMap(const StructInfo& info, std::span<const std::uint8_t> octets);

    std::vector<Item> items;
    bool ok = true;
    std::size_t end = 0;  // behind the last field
};

}  // namespace vgpu::wire::test
