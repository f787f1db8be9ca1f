// Tells SPIR-V from garbage, cheaply.
#pragma once

#include <cstddef>
#include <cstdint>

namespace vgpu::icd {

// Whether the bytes have a module's shape: the header, and instructions whose lengths end exactly
// at the end. Nothing is said about what they mean.
bool looks_like_spirv(const std::uint32_t* code, std::size_t bytes);

}  // namespace vgpu::icd
