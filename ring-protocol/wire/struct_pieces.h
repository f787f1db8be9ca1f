// The pieces of straight code for structures; each puts and gets the same octets as the codec.
#pragma once

#include <cstdint>

#include "wire/codec.h"
#include "wire/flat_pieces.h"

namespace vgpu::wire {

// kDepth: how deep the structure lies in its command, as the codec counts it.

// What stands in a chain is for the codec; mostly nothing does.
template <int kDepth, typename W>
[[gnu::always_inline]] inline void put_chain(W& writer, const StructInfo& info, const void* next) {
    if (!next) [[likely]]
        return writer.u32(0);
    encode_chain(writer, info, next, kDepth);
}
// The codec gets a copy: a reader whose address never leaves the straight code stays in registers.
template <int kDepth, typename R, typename T>
[[gnu::always_inline]] inline void get_chain(R& reader, const StructInfo& info, T& head) {
    R ahead = reader;
    if (ahead.u32() != 0) [[unlikely]] {
        ahead = reader;
        decode_chain(ahead, info, &head, kDepth);
    }
    reader = ahead;
}

template <int kDepth, typename W, typename T>
[[gnu::always_inline]] inline void put_structs(W& writer, const T* structs, std::uint64_t n) {
    if (!structs || n > UINT32_MAX) n = 0;
    writer.u32(static_cast<std::uint32_t>(n));
    for (std::uint64_t i = 0; i < n; ++i) encode_struct<kDepth>(writer, structs[i]);
}
// `least`: bytes of one on the wire.
template <int kDepth, typename R, typename T>
[[gnu::always_inline]] inline void get_structs(R& reader, const T*& structs, std::uint64_t wanted,
                                               std::uint32_t least, bool nullable) {
    const std::uint32_t n = get_number(reader, wanted, least, nullable);
    if (n == 0) return;
    T* out = reader.arena().template allocate_array<T>(n);
    if (!out) return reader.fail(Violation::OutOfMemory);
    for (std::uint32_t i = 0; i < n && reader.ok(); ++i) decode_struct<kDepth>(reader, out[i]);
    structs = out;
}

// An array of flags of 64 bits is not aligned (encode.cpp, Element::Flags).
template <typename W, typename T>
[[gnu::always_inline]] inline void put_flags_array(W& writer, const T* values, std::uint64_t n) {
    if (!values || n > UINT32_MAX) n = 0;
    writer.u32(static_cast<std::uint32_t>(n));
    if (n != 0) writer.raw(values, n * sizeof(T));
}
template <std::uint64_t kMask, typename R, typename T>
[[gnu::always_inline]] inline void get_flags_array(R& reader, const T*& values,
                                                   std::uint64_t wanted, bool nullable) {
    const std::uint32_t n = get_number(reader, wanted, sizeof(T), nullable);
    if (n == 0) return;
    T* out = reader.arena().template allocate_array<T>(n);
    if (!out) return reader.fail(Violation::OutOfMemory);
    for (std::uint32_t i = 0; i < n; ++i) get_flags<kMask>(reader, out[i]);
    values = out;
}

}  // namespace vgpu::wire
