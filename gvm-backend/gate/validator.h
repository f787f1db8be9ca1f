// SPIR-V's own rules, by SPIRV-Tools, as the device's version, extensions and features relax them.
#pragma once

#include <cstdint>
#include <span>

#include "gate/shader.h"

namespace vgpu::gate {

// What of a device the rules depend on.
struct Rules {
    std::uint32_t api_version = 0;  // of the physical device
    bool spirv_1_4 = false;         // VK_KHR_spirv_1_4, on Vulkan 1.1
    bool relaxed_block_layout = false;
    bool uniform_standard_layout = false;
    bool scalar_layout = false;
    bool workgroup_scalar_layout = false;
    bool local_size_id = false;
};

// Any thread. Takes about 0.1 ms for each KiB of the module.
Verdict validate(std::span<const std::uint32_t> words, const Rules& rules);

}  // namespace vgpu::gate
