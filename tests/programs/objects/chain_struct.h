// One struct that can hang in the chain of a physical device query; a table of them is generated.
#pragma once

#include <vulkan/vulkan.h>

#include <cstddef>
#include <cstdint>

#include "common/report.h"

namespace vgpu::programs {

struct ChainStruct {
    const char* name;
    VkStructureType type;
    std::size_t size;
    std::uint32_t needs_version;  // 0 where an extension brings it
    const char* needs_extension;  // null where a version brings it
    void (*add_fields)(Hash&, const void*);
};

// Finds add_fields(Hash&, const T&), which is generated before the table that names this.
template <typename T>
void add_fields_of(Hash& hash, const void* value) {
    add_fields(hash, *static_cast<const T*>(value));
}

}  // namespace vgpu::programs
