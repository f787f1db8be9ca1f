// The ids by which guest and host name Vulkan objects.
#pragma once

#include <cstdint>

namespace vgpu::wire {

// Index in the low 32 bits, generation (never 0) in the high 32; 0 is VK_NULL_HANDLE.
using ObjectId = std::uint64_t;

constexpr ObjectId make_id(std::uint32_t index, std::uint32_t generation) {
    return static_cast<ObjectId>(generation) << 32 | index;
}
constexpr std::uint32_t index_of(ObjectId id) {
    return static_cast<std::uint32_t>(id);
}
constexpr std::uint32_t generation_of(ObjectId id) {
    return static_cast<std::uint32_t>(id >> 32);
}

// What the handle of an object with state in the guest points at. Dispatchable handles begin with
// the loader's word (VK_LOADER_DATA); the others leave it 0. Every other handle *is* its id.
struct GuestObject {
    std::uintptr_t loader_data = 0;
    ObjectId id = 0;
};

}  // namespace vgpu::wire
