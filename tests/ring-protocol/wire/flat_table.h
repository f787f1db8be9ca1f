// The straight code of each command that has some, by number; flat_table.cpp is generated.
#pragma once

#include <cstdint>
#include <span>

#include "flat_codec.h"

namespace vgpu::wire {

struct FlatCode {
    std::uint16_t number;
    void (*encode)(Writer&, const void* args);
    // Null of commands with structures.
    std::size_t (*bytes)(const void* args);
    void (*encode_straight)(std::uint8_t* to, const void* args);
    bool (*decode)(Reader&, void* args);
    // Null where a field's place depends on what stands before it.
    bool (*has_fixed_fields)(std::size_t payload_bytes);
    bool (*decode_fixed)(FixedReader&, void* args);
};
extern const std::span<const FlatCode> kFlatCodes;

template <typename Args>
constexpr FlatCode flat_code() {
    FlatCode code{static_cast<std::uint16_t>(Args::kCommand),
                  [](Writer& w, const void* a) { encode_args(w, *static_cast<const Args*>(a)); },
                  nullptr,
                  nullptr,
                  [](Reader& r, void* a) { return decode_args(r, *static_cast<Args*>(a)); },
                  nullptr,
                  nullptr};
    if constexpr (is_flat(Args::kLayout)) {
        code.bytes = [](const void* a) { return args_bytes(*static_cast<const Args*>(a)); };
        code.encode_straight = [](std::uint8_t* to, const void* a) {
            encode_straight(to, *static_cast<const Args*>(a));
        };
    }
    if constexpr (Args::kLayout == Layout::Fixed) {
        code.has_fixed_fields = has_fixed_fields<Args>;
        code.decode_fixed = [](FixedReader& r, void* a) {
            return decode_args(r, *static_cast<Args*>(a));
        };
    }
    return code;
}

}  // namespace vgpu::wire
