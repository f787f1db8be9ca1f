// The integers that a module's constants stand for.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "gate/sizes.h"

namespace vgpu::gate {

// By constant; nothing where it is no integer, or comes of operations that no array's length has.
std::vector<std::optional<std::uint64_t>> evaluate(const Shader& shader,
                                                   std::span<const SpecValue> specialization);

}  // namespace vgpu::gate
