// Generated from the Vulkan registry by ring-protocol/generator; do not edit.
// Extensions of the registry that are carried.
#pragma once

#include <cstdint>
#include <span>

namespace vgpu::wire {

struct CarriedExtension {
    const char* name;
    bool instance;  // else of a device
    bool guest;     // answered in the guest: the host need not offer it
};
// Sorted by name.
extern const std::span<const CarriedExtension> kCarriedExtensions;
// The carried extension of that name, or null.
const CarriedExtension* find_extension(const char* name);

struct RefusedExtension {
    const char* name;
    const char* why;
};
extern const std::span<const RefusedExtension> kRefusedExtensions;

}  // namespace vgpu::wire
