// The pieces of straight code for flat commands; each puts and gets the same octets as the codec.
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>

#include "object_types.h"
#include "wire/codec.h"
#include "wire/description.h"
#include "wire/handle_table.h"
#include "wire/ids.h"
#include "wire/reader.h"
#include "wire/writer.h"

namespace vgpu::wire {

// Any other command: by description.
template <typename Args>
requires(Args::kLayout == Layout::Structured) void encode_args(Writer& writer, const Args& args) {
    encode(writer, kCommands[static_cast<std::uint16_t>(Args::kCommand)].args, &args);
}
template <typename Args>
requires(Args::kLayout == Layout::Structured) bool decode_args(Reader& reader, Args& args) {
    return decode(reader, kCommands[static_cast<std::uint16_t>(Args::kCommand)].args, &args);
}

// What encode_args() of a flat command writes, in bytes.
template <typename Args>
[[gnu::always_inline]] inline std::size_t args_bytes(const Args& args) {
    ByteCount count;
    encode_args(count, args);
    return count.bytes();
}

// Writes a flat command's fields to a place of args_bytes().
template <typename Args>
[[gnu::always_inline]] inline void encode_straight(std::uint8_t* to, const Args& args) {
    StraightWriter writer(to);
    encode_args(writer, args);
}

// Whether a payload, with less than 8 bytes of padding behind it, has the fields of the command:
// then a FixedReader reads them.
template <typename Args>
[[gnu::always_inline]] inline bool has_fixed_fields(std::size_t payload_bytes) {
    return payload_bytes - args_bytes(Args{}) < 8;
}

// kAligned: raw numbers of 8 bytes lie at multiples of 8 (encode.cpp, Element::Bytes).
template <bool kAligned, typename W, typename T>
[[gnu::always_inline]] inline void put_value(W& writer, const T& value) {
    if constexpr (kAligned && sizeof(std::remove_all_extents_t<T>) == 8) writer.align8();
    writer.raw(&value, sizeof(T));
}
template <typename W>
[[gnu::always_inline]] inline void put_array(W& writer, const void* values, std::uint64_t n,
                                             std::size_t size) {
    if (!values || n > UINT32_MAX) n = 0;
    writer.u32(static_cast<std::uint32_t>(n));
    if (n == 0) return;
    if (size == 8) writer.align8();
    writer.raw(values, n * size);
}
template <bool kGuestObject, typename Handle>
[[gnu::always_inline]] inline ObjectId id_behind(Handle handle) {
    const auto bits = reinterpret_cast<std::uint64_t>(handle);
    if constexpr (kGuestObject)
        return bits ? reinterpret_cast<const GuestObject*>(bits)->id : 0;
    else
        return bits;
}
template <bool kGuestObject, typename W, typename Handle>
[[gnu::always_inline]] inline void put_handle(W& writer, Handle handle) {
    writer.u64(id_behind<kGuestObject>(handle));
}
template <bool kGuestObject, typename W, typename Handle>
[[gnu::always_inline]] inline void put_handles(W& writer, const Handle* handles, std::uint64_t n) {
    if (!handles || n > UINT32_MAX) n = 0;
    writer.u32(static_cast<std::uint32_t>(n));
    for (std::uint64_t i = 0; i < n; ++i) writer.u64(id_behind<kGuestObject>(handles[i]));
}

template <typename R, typename T>
[[gnu::always_inline]] inline void get_value(R& reader, T& value) {
    if constexpr (sizeof(std::remove_all_extents_t<T>) == 8) reader.align8();
    if (const std::uint8_t* from = reader.raw(sizeof(T))) std::memcpy(&value, from, sizeof(T));
}
template <typename R>
[[gnu::always_inline]] inline void get_bool(R& reader, VkBool32& value) {
    value = reader.u32() != 0;
}
// kMask: the bits that the registry knows.
template <std::uint64_t kMask, typename R, typename T>
[[gnu::always_inline]] inline void get_flags(R& reader, T& value) {
    if constexpr (sizeof(T) == 8)
        value = static_cast<T>(reader.u64() & kMask);
    else
        value = static_cast<T>(reader.u32() & static_cast<std::uint32_t>(kMask));
}
// kRanges: the values that the registry knows. kLenient: any other is 0.
template <bool kLenient, EnumRange... kRanges, typename R, typename T>
[[gnu::always_inline]] inline void get_enum(R& reader, T& value) {
    const auto number = static_cast<std::int32_t>(reader.u32());
    const bool known = (... || (number >= kRanges.first && number <= kRanges.last));
    if constexpr (!kLenient) {
        if (!known) [[unlikely]]
            return reader.fail(Violation::BadEnum);
    }
    value = static_cast<T>(known ? number : 0);
}
// An array's number of elements, of `least` bytes each at least; 0 too where it is not as wanted.
template <typename R>
[[gnu::always_inline]] inline std::uint32_t get_number(R& reader, std::uint64_t wanted,
                                                       std::size_t least, bool nullable) {
    const std::uint32_t n = reader.count(least);
    if (n == wanted && n != 0) [[likely]]
        return n;
    if (!reader.ok()) return 0;
    if (n != 0)
        reader.fail(Violation::CountMismatch);
    else if (wanted != 0 && !nullable)
        reader.fail(Violation::MissingPointer);
    return 0;
}
// In place: the reader's bytes are private and stay until the command has run.
template <typename R, typename T>
[[gnu::always_inline]] inline void get_array(R& reader, const T*& values, std::uint64_t wanted,
                                             std::size_t size, bool nullable) {
    const std::uint32_t n = get_number(reader, wanted, size, nullable);
    if (n == 0) return;
    if (size == 8) reader.align8();
    values = reinterpret_cast<const T*>(reader.raw(std::size_t{n} * size));
}
// What a senseless id resolves to.
template <bool kLenient, typename R>
[[gnu::always_inline]] inline std::uint64_t refused(R& reader, Violation violation) {
    if constexpr (!kLenient) reader.fail(violation);
    return 0;
}
// The driver's handle of an id, as decode.cpp resolves it. kLenient: 0 where that is senseless.
template <ObjectType kType, bool kNullable, bool kLenient = false, typename R>
[[gnu::always_inline]] inline std::uint64_t resolve(R& reader, ObjectId id) {
    if (id == 0) {
        if constexpr (!kNullable) refused<kLenient>(reader, Violation::UnknownHandle);
        return 0;
    }
    const HandleTable* table = reader.table();
    if (!table) return id;
    constexpr auto kNumber = static_cast<std::uint16_t>(kType);
    const Slot* slot = table->find(id, kNumber);
    if (!slot) [[unlikely]]
        return refused<kLenient>(reader, table->why_not(id, kNumber));
    if (!reader.in_scope(slot->scope.load(std::memory_order_relaxed), kTypeIsOfDevice[kNumber]))
        [[unlikely]]
        return refused<kLenient>(reader, Violation::ForeignHandle);
    const std::uint64_t host = table->host_handle(*slot);
    if (host == Slot::kFailed) [[unlikely]]
        return refused<kLenient>(reader, Violation::FreedHandle);
    return host;
}
template <ObjectType kType, bool kNullable, typename R, typename Handle>
[[gnu::always_inline]] inline void get_handle(R& reader, Handle& handle, ObjectId& id) {
    id = reader.u64();
    if (reader.ok()) handle = reinterpret_cast<Handle>(resolve<kType, kNullable>(reader, id));
}
// The id of what the command makes.
template <typename R>
[[gnu::always_inline]] inline void get_new_handle(R& reader, ObjectId& id) {
    id = reader.u64();
    if (reader.ok() && reader.table() && !reader.table()->can_insert(id))
        reader.fail(Violation::IdInUse);
}
// A structure's handle, of which no id is kept.
template <ObjectType kType, bool kNullable, bool kLenient = false, typename R, typename Handle>
[[gnu::always_inline]] inline void get_handle(R& reader, Handle& handle) {
    const ObjectId id = reader.u64();
    if (reader.ok())
        handle = reinterpret_cast<Handle>(resolve<kType, kNullable, kLenient>(reader, id));
}
template <ObjectType kType, bool kNullable, bool kNullElements, typename R, typename Handle>
[[gnu::always_inline]] inline void get_handles(R& reader, const Handle*& handles,
                                               std::uint64_t wanted) {
    const ObjectId* ids = nullptr;
    get_handles<kType, kNullable, kNullElements>(reader, handles, ids, wanted);
}
template <ObjectType kType, bool kNullable, bool kNullElements, typename R, typename Handle>
[[gnu::always_inline]] inline void get_handles(R& reader, const Handle*& handles,
                                               const ObjectId*& ids, std::uint64_t wanted) {
    const std::uint32_t n = get_number(reader, wanted, 8, kNullable);
    if (n == 0) return;
    Arena& arena = reader.arena();
    auto* out = arena.allocate_array<std::uint64_t>(n);
    auto* raw_ids = arena.allocate_array<ObjectId>(n);
    if (!out || !raw_ids) return reader.fail(Violation::OutOfMemory);
    for (std::uint32_t i = 0; i < n && reader.ok(); ++i) {
        raw_ids[i] = reader.u64();
        if (reader.ok()) out[i] = resolve<kType, kNullElements>(reader, raw_ids[i]);
    }
    handles = reinterpret_cast<const Handle*>(out);
    ids = raw_ids;
}

}  // namespace vgpu::wire
