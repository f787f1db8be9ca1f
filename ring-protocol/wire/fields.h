// How the codec's three walkers see a field in memory: where it lies, and how many elements it has.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "wire/description.h"

namespace vgpu::wire::fields {

// The head of every structure with an sType (VkBaseInStructure).
struct Header {
    std::uint32_t stype;
    Header* next;
};

inline const std::uint8_t* member(const void* structure, std::size_t offset) {
    return static_cast<const std::uint8_t*>(structure) + offset;
}
inline std::uint8_t* member(void* structure, std::size_t offset) {
    return static_cast<std::uint8_t*>(structure) + offset;
}
template <typename T>
T load(const void* from) {
    T value;
    std::memcpy(&value, from, sizeof(T));
    return value;
}
template <typename T>
void store(void* to, T value) {
    std::memcpy(to, &value, sizeof(T));
}

// More than any array's number of elements: none fits.
inline constexpr std::uint64_t kNoCount = UINT64_MAX;

// The number of elements that a structure's count field asks for.
inline std::uint64_t count_of(const Field& field, const void* structure) {
    if (field.count_offset == kNowhere) return 1;
    const void* holder = structure;
    if (field.count_via != kNowhere) holder = load<const void*>(member(structure, field.count_via));
    if (!holder) return 0;
    const std::uint8_t* at = member(holder, field.count_offset);
    std::uint64_t n = 0;
    std::memcpy(&n, at, field.count_size);  // 1, 2, 4 or 8 bytes, little-endian
    switch (field.rule) {
        case CountRule::Same:
            return n;
        case CountRule::Quarter:
            return n % 4 == 0 ? n / 4 : kNoCount;
        case CountRule::Bits32:
            return n / 32 + (n % 32 != 0);
    }
    return n;
}

inline bool in_force(const Field& field, const void* structure) {
    return !field.valid_when || field.valid_when(structure);
}

inline const StructInfo* extender(const StructInfo& info, std::uint32_t stype) {
    for (const std::uint16_t index : info.extenders)
        if (kStructs[index].stype == stype) return &kStructs[index];
    return nullptr;
}

// What holds of the union, by its selector beside it; null: nothing that the registry names.
inline const Field* alternative(const Field& field, const void* structure) {
    const auto selector = load<std::int32_t>(member(structure, field.selector_offset));
    for (const Alternative& one : kUnions[field.aux].alternatives)
        if (one.selector == selector) return &one.field;
    return nullptr;
}

// Least bytes on the wire of one element.
inline std::size_t wire_min(const Field& field) {
    switch (field.element) {
        case Element::Bytes:
        case Element::Bool:
        case Element::Enum:
        case Element::Flags:
            return field.size;
        case Element::Handle:
        case Element::NewHandle:
            return 8;
        case Element::String:
            return 4;
        case Element::Struct:
            return kStructs[field.aux].wire_min;
        case Element::Union:
            return 0;
    }
    return 1;
}

}  // namespace vgpu::wire::fields
