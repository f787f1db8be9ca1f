// The one codec of all structures and commands: walks their generated descriptions.
#pragma once

#include <cstdint>

#include "wire/description.h"
#include "wire/reader.h"
#include "wire/writer.h"

namespace vgpu::wire {

// Structures nested deeper than this are refused.
inline constexpr int kMaxDepth = 12;

// Writes the structure (or Args_/Reply_ structure) at `source`. Structures in a pNext chain that
// are not described as extenders are left out, as Vulkan lets an implementation do
// (Vulkan specification, "Valid Usage for Structure Pointer Chains").
void encode(Writer& writer, const StructInfo& info, const void* source);

// Reads into `target`, which is zeroed and info.size bytes long; what it points at lies in the
// reader's arena. On the host handles become the driver's. False after a violation.
bool decode(Reader& reader, const StructInfo& info, void* target);

// The pNext chain of a structure `info` alone, which lies so deep: for straight code.
// decode_chain() reads it behind `head`, which is such a structure.
void encode_chain(Writer& writer, const StructInfo& info, const void* next, int depth);
void decode_chain(Reader& reader, const StructInfo& info, void* head, int depth);

// Reads a reply into structures that the application owns: pointers in `target` say where to, and
// the count fields are at once capacities. pNext chains are filled where they stand.
bool decode_into(Reader& reader, const StructInfo& info, void* target);

// Whether the registry gives the enum that value.
bool in_enum(const EnumInfo& info, std::int32_t value);

}  // namespace vgpu::wire
