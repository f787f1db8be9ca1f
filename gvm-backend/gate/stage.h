// Matches one shader stage of a pipeline with its layout, its constants and the device's limits.
#pragma once

#include <vulkan/vulkan.h>

#include <array>
#include <cstdint>
#include <string_view>

#include "gate/layout.h"
#include "gate/shader.h"

namespace vgpu::gate {

// Of the device that will compile.
struct DeviceLimits {
    explicit DeviceLimits(const VkPhysicalDeviceLimits& of);
    DeviceLimits() = default;

    std::uint32_t workgroup_bytes = 16384;
    std::uint32_t workgroup_invocations = 128;
    std::array<std::uint32_t, 3> workgroup_size{128, 128, 64};
    std::uint32_t push_constant_bytes = 128;
    std::uint32_t patch_vertices = 32;
    std::uint32_t geometry_vertices = 256, geometry_invocations = 32;
    std::uint32_t clip_distances = 8, cull_distances = 8;
    // Locations of four components.
    std::uint32_t vertex_inputs = 16, vertex_outputs = 16, fragment_inputs = 16,
                  fragment_outputs = 4;
    std::uint32_t control_inputs = 16, control_outputs = 16, control_patch_outputs = 30;
    std::uint32_t evaluation_inputs = 16, evaluation_outputs = 16;
    std::uint32_t geometry_inputs = 16, geometry_outputs = 16;
};

struct StageUse {
    VkShaderStageFlagBits stage;
    std::string_view entry;
    const VkSpecializationInfo* specialization = nullptr;  // may be null
    const PipelineLayout* layout = nullptr;                // null: the pipeline has none
};

// The use comes from the guest; of it is checked whatever the shader's compilation relies on.
Verdict check_stage(const Shader& shader, const StageUse& use, const DeviceLimits& limits);

}  // namespace vgpu::gate
