// How large a module's types, functions and constants are, once its constants have their values.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "gate/shader.h"

namespace vgpu::gate {

// What a pipeline gives a specialization constant.
struct SpecValue {
    std::uint32_t id;
    std::uint64_t value;
};

// By index as in Shader. Sums stop at the largest number instead of passing it.
struct Sizes {
    std::vector<std::optional<std::uint64_t>> values;  // of constants that are integers
    std::vector<std::uint64_t> lengths;                // of array types
    std::vector<std::uint64_t> bytes, scalars, locations;
    // Of functions with all that they call, each call counted for itself, as drivers inline them.
    std::vector<std::uint64_t> function_scalars, function_bytes;
};

// Checks what can be said of the module as a whole. `specialization` is sorted by id. `sizes` is
// complete only without a refusal.
Verdict measure(const Shader& shader, std::span<const SpecValue> specialization, Sizes& sizes);

}  // namespace vgpu::gate
