// What the gate keeps of descriptor set layouts and pipeline layouts.
#pragma once

#include <vulkan/vulkan.h>

#include <cstdint>
#include <memory>
#include <vector>

namespace vgpu::gate {

struct Binding {
    std::uint32_t number;
    VkDescriptorType type;
    std::uint32_t count;
    VkShaderStageFlags stages;
};

// Plain values, constant once they are made.
struct SetLayout {
    explicit SetLayout(const VkDescriptorSetLayoutCreateInfo& info);
    // Null where there is none, or one without descriptors.
    const Binding* find(std::uint32_t number) const;

    std::vector<Binding> bindings;  // sorted
};

struct PipelineLayout {
    std::vector<std::shared_ptr<const SetLayout>> sets;  // null: a set that no stage may use
    std::vector<VkPushConstantRange> push_constants;
};

}  // namespace vgpu::gate
