// How structures and commands are described as data, so that one small codec serves them all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace vgpu::wire {

// What one element of a field is.
enum class Element : std::uint8_t {
    Bytes,      // a scalar or raw bytes: `size` each
    Bool,       // VkBool32: anything but 0 becomes VK_TRUE
    Enum,       // 32 bits, checked against enums[aux]
    Flags,      // 32 or 64 bits, unknown bits (outside `mask`) are cleared
    Handle,     // an object of type aux that lives
    NewHandle,  // the id of an object of type aux that a create makes
    Struct,     // structs[aux]
    Union,      // the alternative of unions[aux] that the selector names; none: no octets
    String,     // char*, ended by zero
};

// How the elements lie in the C structure, and on the wire.
enum class Shape : std::uint8_t {
    Value,       // one, inline
    Fixed,       // `length` of them, inline
    Pointer,     // u32 present, then one
    Array,       // u32 number, then as many; the number is the count's or 0 for a null pointer
    Chain,       // pNext: (u32 sType, structure)*, u32 0
    OutPointer,  // what a reply fills: the request carries the pNext chain's shape only
    OutArray,    // u32 present; shapes as many as the count says
};

// How an array's length follows from its count.
enum class CountRule : std::uint8_t { Same, Quarter, Bits32 };

inline constexpr std::uint16_t kNowhere = 0xffff;

// Without pointers, as far as can be: what has none is shared by all processes that load it.
struct Field {
    Element element;
    Shape shape;
    CountRule rule = CountRule::Same;
    bool nullable = false;       // a null pointer, or one null handle, may stand here
    bool null_elements = false;  // null handles may stand in this array
    bool lenient = false;  // senseless values become 0: the driver ignores them in some states
    std::uint16_t offset = 0;
    std::uint16_t size = 0;    // of one element in memory, in bytes
    std::uint16_t length = 1;  // Shape::Fixed
    std::uint16_t aux = 0;     // structure, enum or object type
    std::uint16_t count_offset = kNowhere;
    std::uint16_t count_size = 4;
    std::uint16_t count_via = kNowhere;  // offset of a pointer to the structure with the count
    std::uint16_t selector_offset = kNowhere;   // Element::Union: 32 bits
    std::uint16_t id_offset = kNowhere;         // where a handle's id is kept besides (host side)
    std::uint64_t mask = 0;                     // Element::Flags
    bool (*valid_when)(const void*) = nullptr;  // else the pointer is ignored, as Vulkan says
};

// One member of a union, as a field at offset 0 of it.
struct Alternative {
    std::int32_t selector;
    Field field;
};
struct UnionInfo {
    const char* name;
    std::span<const Alternative> alternatives;
};

struct StructInfo {
    const char* name;
    std::uint32_t stype;  // 0x7fffffff where the structure has none
    std::uint32_t size;
    std::span<const Field> fields;
    std::span<const std::uint16_t> extenders;  // what may stand in the pNext chain
    std::uint32_t wire_min;                    // least bytes on the wire
    std::uint32_t first_link = 0;              // of its extenders, in kLinkHashes
};
inline constexpr std::uint32_t kNoStype = 0x7fffffff;

struct EnumRange {
    std::int32_t first, last;
};
struct EnumInfo {
    const char* name;
    std::span<const EnumRange> ranges;
};

// How the octets of a command's arguments are made.
enum class Layout : std::uint8_t {
    Structured,  // by description
    Flat,        // by straight code: numbers, handles and arrays of them
    Straight,    // by straight code, structures too
    Fixed,       // by straight code, and all fields have their places whatever they hold
};

// Without structures: the number of octets is known before they are made.
constexpr bool is_flat(Layout layout) {
    return layout == Layout::Flat || layout == Layout::Fixed;
}

enum class Place : std::uint8_t { Ordered, Recorded };

struct CommandInfo {
    const char* name;
    std::uint16_t number;
    Place place;
    bool replies;
    std::uint32_t hash;  // of the layout, from wire.lock
    StructInfo args;     // of Args_<name>
    StructInfo reply;    // of Reply_<name>
};

// Generated tables.
extern const std::span<const StructInfo> kStructs;
extern const std::span<const EnumInfo> kEnums;
extern const std::span<const UnionInfo> kUnions;
// Of each structure in each chain that it may stand in: what may stand where, and its layout.
extern const std::span<const std::uint32_t> kLinkHashes;
// By wire number; a number without a command has a null name.
extern const std::span<const CommandInfo> kCommands;
// By object type: true where the guest's handle points at a GuestObject.
extern const std::span<const bool> kHasGuestObject;
extern const std::span<const char* const> kObjectTypeNames;
// By object type: true where objects belong to a VkDevice.
extern const std::span<const bool> kDeviceLevel;

}  // namespace vgpu::wire
