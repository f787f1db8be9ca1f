// Only what the entry point's functions name counts, as in Vulkan.
#include "gate/interface.h"

#include <algorithm>

#include "gate/bounds.h"

namespace vgpu::gate {

namespace {

Refusal refusal(const char* check, std::string text) {
    return {check, std::move(text)};
}

bool is_buffer(VkDescriptorType type, bool storage) {
    switch (type) {
        case VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER:
        case VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER_DYNAMIC:
        case VK_DESCRIPTOR_TYPE_INLINE_UNIFORM_BLOCK:
            return !storage;
        case VK_DESCRIPTOR_TYPE_STORAGE_BUFFER:
        case VK_DESCRIPTOR_TYPE_STORAGE_BUFFER_DYNAMIC:
            return storage;
        default:
            return false;
    }
}

bool is_image(VkDescriptorType type, const Type& image) {
    if (image.dim == spv::DimSubpassData) return type == VK_DESCRIPTOR_TYPE_INPUT_ATTACHMENT;
    if (image.dim == spv::DimBuffer)
        return type == (image.sampled == 2 ? VK_DESCRIPTOR_TYPE_STORAGE_TEXEL_BUFFER
                                           : VK_DESCRIPTOR_TYPE_UNIFORM_TEXEL_BUFFER);
    if (image.sampled == 2) return type == VK_DESCRIPTOR_TYPE_STORAGE_IMAGE;
    return type == VK_DESCRIPTOR_TYPE_SAMPLED_IMAGE ||
           type == VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER ||
           type == VK_DESCRIPTOR_TYPE_SAMPLE_WEIGHT_IMAGE_QCOM ||
           type == VK_DESCRIPTOR_TYPE_BLOCK_MATCH_IMAGE_QCOM;
}

// Whether a descriptor of that type can be behind a variable of this one, arrays taken off.
bool fits(const Shader& shader, VkDescriptorType type, spv::StorageClass storage, const Type& of) {
    if (type == VK_DESCRIPTOR_TYPE_MUTABLE_VALVE) return true;
    if (storage == spv::StorageClassStorageBuffer) return is_buffer(type, true);
    if (storage == spv::StorageClassUniform) return is_buffer(type, of.buffer_block);
    switch (of.op) {
        case spv::OpTypeSampler:
            return type == VK_DESCRIPTOR_TYPE_SAMPLER ||
                   type == VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER;
        case spv::OpTypeSampledImage:
            // GLSL's samplerBuffer, before SPIR-V 1.6.
            if (shader.types[of.element].dim == spv::DimBuffer)
                return type == VK_DESCRIPTOR_TYPE_UNIFORM_TEXEL_BUFFER;
            return type == VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER;
        case spv::OpTypeImage:
            return is_image(type, of);
        case spv::OpTypeAccelerationStructureKHR:
            return type == VK_DESCRIPTOR_TYPE_ACCELERATION_STRUCTURE_KHR ||
                   type == VK_DESCRIPTOR_TYPE_ACCELERATION_STRUCTURE_NV;
        default:
            return false;
    }
}

bool is_descriptor(spv::StorageClass storage) {
    return storage == spv::StorageClassUniformConstant || storage == spv::StorageClassUniform ||
           storage == spv::StorageClassStorageBuffer;
}

std::string place_of(const Variable& variable) {
    return "Set " + std::to_string(variable.set) + " binding " + std::to_string(variable.binding);
}

// The binding behind the variable, or a refusal.
Verdict find_binding(const Stage& stage, const Variable& variable, const Binding*& binding) {
    const PipelineLayout* layout = stage.use.layout;
    if (variable.set == kNone || variable.binding == kNone)
        return refusal("descriptors", "A resource (id " + std::to_string(variable.id) +
                                          ") has no set and binding.");
    if (!layout || variable.set >= layout->sets.size() || !layout->sets[variable.set])
        return refusal("descriptors",
                       place_of(variable) + " is used, and the pipeline's layout has no such set.");
    binding = layout->sets[variable.set]->find(variable.binding);
    if (!binding)
        return refusal("descriptors", place_of(variable) +
                                          " is used, and the pipeline's layout has no descriptors "
                                          "there.");
    if ((binding->stages & stage.use.stage) == 0)
        return refusal("descriptors",
                       place_of(variable) + " is not for this stage in the pipeline's layout.");
    return {};
}

Verdict check_descriptor(const Stage& stage, const Variable& variable) {
    const Binding* binding = nullptr;
    if (Verdict bad = find_binding(stage, variable, binding)) return bad;
    std::uint32_t type = variable.type;
    std::uint64_t elements = 1;
    for (;;) {
        const Type& array = stage.shader.types[type];
        if (array.op == spv::OpTypeArray)
            elements *= std::min(stage.sizes.lengths[type], kMaxDescriptors + 1);
        else if (array.op != spv::OpTypeRuntimeArray)
            break;
        if (elements > kMaxDescriptors) break;
        type = array.element;
    }
    // The count of an inline block is its octets.
    const bool is_inline = binding->type == VK_DESCRIPTOR_TYPE_INLINE_UNIFORM_BLOCK;
    if (elements > (is_inline ? 1 : binding->count))
        return refusal("descriptors", place_of(variable) + " is used as " +
                                          std::to_string(elements) + " descriptors, and is " +
                                          std::to_string(binding->count) +
                                          " in the pipeline's layout.");
    if (!fits(stage.shader, binding->type, variable.storage, stage.shader.types[type]))
        return refusal("descriptors", place_of(variable) +
                                          " is of another kind in the pipeline's layout (type " +
                                          std::to_string(binding->type) + ").");
    return {};
}

// Where the used members of a block end.
std::uint64_t used_end(const Stage& stage, const Type& block,
                       const std::set<std::uint32_t>& members, std::uint64_t whole) {
    if (block.op != spv::OpTypeStruct || members.empty() || members.count(kNone)) return whole;
    std::uint64_t end = 0;
    for (const std::uint32_t index : members) {
        if (index >= block.members) return whole;
        const Member& member = stage.shader.members[block.first_member + index];
        if (member.offset == kNone) return whole;
        const Type& type = stage.shader.types[member.type];
        // A matrix may take more than its numbers.
        const std::uint64_t bytes =
            std::max<std::uint64_t>(stage.sizes.bytes[member.type],
                                    type.op == spv::OpTypeMatrix && !member.row_major
                                        ? std::uint64_t{member.matrix_stride} * (type.count - 1) +
                                              stage.sizes.bytes[type.element]
                                        : 0);
        end = std::max(end, member.offset + bytes);
    }
    return end;
}

struct Room {
    std::uint64_t inputs, outputs, patch;  // locations
};

Room room_of(spv::ExecutionModel model, const DeviceLimits& limits) {
    // Stages whose limits are not known here.
    constexpr std::uint64_t kOther = 128;
    switch (model) {
        case spv::ExecutionModelVertex:
            return {limits.vertex_inputs, limits.vertex_outputs, 0};
        case spv::ExecutionModelTessellationControl:
            return {limits.control_inputs, limits.control_outputs, limits.control_patch_outputs};
        case spv::ExecutionModelTessellationEvaluation:
            return {limits.evaluation_inputs, limits.evaluation_outputs,
                    limits.control_patch_outputs};
        case spv::ExecutionModelGeometry:
            return {limits.geometry_inputs, limits.geometry_outputs, 0};
        case spv::ExecutionModelFragment:
            return {limits.fragment_inputs, limits.fragment_outputs, 0};
        default:
            return {kOther, kOther, kOther};
    }
}

// Whether the variable has an element for each vertex, which takes no locations.
bool is_per_vertex(const Stage& stage, const Variable& variable) {
    if (variable.patch) return false;
    const bool input = variable.storage == spv::StorageClassInput;
    switch (stage.entry.model) {
        case spv::ExecutionModelTessellationControl:
            return true;
        case spv::ExecutionModelTessellationEvaluation:
        case spv::ExecutionModelGeometry:
            return input;
        case spv::ExecutionModelMeshEXT:
        case spv::ExecutionModelMeshNV:
            return !input;
        default:
            return false;
    }
}

Verdict check_built_in(const Stage& stage, std::uint32_t built_in, std::uint32_t type) {
    if (type == kNone || stage.shader.types[type].op != spv::OpTypeArray) return {};
    const bool clip = built_in == spv::BuiltInClipDistance;
    if (!clip && built_in != spv::BuiltInCullDistance) return {};
    const std::uint64_t most = clip ? stage.limits.clip_distances : stage.limits.cull_distances;
    if (stage.sizes.lengths[type] <= most) return {};
    return refusal("locations", "It has " + std::to_string(stage.sizes.lengths[type]) +
                                    (clip ? " clip" : " cull") + " distances; the device has " +
                                    std::to_string(most) + ".");
}

Verdict check_location(std::uint64_t location, std::uint64_t taken, std::uint64_t room,
                       const char* what) {
    if (location < room && taken <= room - location) return {};
    return refusal("locations", std::string("An ") + what + " takes " + std::to_string(taken) +
                                    " locations from " + std::to_string(location) +
                                    " on; the device has " + std::to_string(room) + ".");
}

Verdict check_interface_variable(const Stage& stage, const Variable& variable) {
    const Room room = room_of(stage.entry.model, stage.limits);
    const bool input = variable.storage == spv::StorageClassInput;
    const char* what = input ? "input" : "output";
    const std::uint64_t most = variable.patch ? room.patch : input ? room.inputs : room.outputs;
    std::uint32_t index = variable.type;
    if (is_per_vertex(stage, variable) && stage.shader.types[index].op == spv::OpTypeArray)
        index = stage.shader.types[index].element;
    if (variable.built_in != kNone) return check_built_in(stage, variable.built_in, index);
    const Type& type = stage.shader.types[index];
    if (type.op == spv::OpTypeStruct) {
        for (std::uint32_t i = 0; i < type.members; ++i) {
            const Member& member = stage.shader.members[type.first_member + i];
            if (member.built_in != kNone)
                if (Verdict bad = check_built_in(stage, member.built_in, member.type)) return bad;
            if (member.location == kNone) continue;
            if (Verdict bad =
                    check_location(member.location, stage.sizes.locations[member.type], most, what))
                return bad;
        }
    }
    if (variable.location == kNone) return {};
    return check_location(variable.location, stage.sizes.locations[index], most, what);
}

}  // namespace

Verdict check_descriptors(const Stage& stage) {
    for (const auto& [index, members] : stage.uses) {
        const Variable& variable = stage.shader.variables[index];
        if (!is_descriptor(variable.storage)) continue;
        if (Verdict bad = check_descriptor(stage, variable)) return bad;
    }
    return {};
}

Verdict check_push_constants(const Stage& stage) {
    for (const auto& [index, members] : stage.uses) {
        const Variable& variable = stage.shader.variables[index];
        if (variable.storage != spv::StorageClassPushConstant) continue;
        std::uint64_t room = 0;
        if (stage.use.layout)
            for (const VkPushConstantRange& range : stage.use.layout->push_constants)
                if (range.stageFlags & stage.use.stage)
                    room = std::max(room, std::uint64_t{range.offset} + range.size);
        room = std::min<std::uint64_t>(room, stage.limits.push_constant_bytes);
        const std::uint64_t end = used_end(stage, stage.shader.types[variable.type], members,
                                           stage.sizes.bytes[variable.type]);
        if (end > room)
            return refusal("push-constants", "Its push constants end at octet " +
                                                 std::to_string(end) +
                                                 "; those of the pipeline's layout for this stage "
                                                 "at " +
                                                 std::to_string(room) + ".");
    }
    return {};
}

Verdict check_locations(const Stage& stage) {
    const auto check = [&](std::uint32_t index) -> Verdict {
        const Variable& variable = stage.shader.variables[index];
        if (variable.storage != spv::StorageClassInput &&
            variable.storage != spv::StorageClassOutput)
            return {};
        return check_interface_variable(stage, variable);
    };
    for (const std::uint32_t index : stage.entry.interface)
        if (Verdict bad = check(index)) return bad;
    for (const auto& [index, members] : stage.uses)
        if (Verdict bad = check(index)) return bad;
    return {};
}

}  // namespace vgpu::gate
