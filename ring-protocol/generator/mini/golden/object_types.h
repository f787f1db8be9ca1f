// Generated from the Vulkan registry by ring-protocol/generator; do not edit.
// Kinds of Vulkan objects.
#pragma once

#include <vulkan/vulkan.h>

#include <cstdint>

namespace vgpu::wire {

enum class ObjectType : std::uint16_t {
    None,
    CommandBuffer,
    Cue,
    CueList,
    Device,
    Instance,
    Lamp,
    Scene,
};

// By object type: true where objects belong to a VkDevice.
inline constexpr bool kTypeIsOfDevice[] = {
    false,
    true,
    true,
    true,
    true,
    false,
    true,
    true};

template <typename Handle>
struct ObjectTypeOf;
template <>
struct ObjectTypeOf<VkCommandBuffer> {
    static constexpr ObjectType value = ObjectType::CommandBuffer;
};
template <>
struct ObjectTypeOf<VkCue> {
    static constexpr ObjectType value = ObjectType::Cue;
};
template <>
struct ObjectTypeOf<VkCueList> {
    static constexpr ObjectType value = ObjectType::CueList;
};
template <>
struct ObjectTypeOf<VkDevice> {
    static constexpr ObjectType value = ObjectType::Device;
};
template <>
struct ObjectTypeOf<VkInstance> {
    static constexpr ObjectType value = ObjectType::Instance;
};
template <>
struct ObjectTypeOf<VkLamp> {
    static constexpr ObjectType value = ObjectType::Lamp;
};
template <>
struct ObjectTypeOf<VkScene> {
    static constexpr ObjectType value = ObjectType::Scene;
};

}  // namespace vgpu::wire
