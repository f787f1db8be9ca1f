// The checks of a stage, one after the other; each names what it found and what it may be.
#include "gate/stage.h"

#include <algorithm>
#include <cstring>
#include <set>

#include "gate/bounds.h"
#include "gate/interface.h"
#include "gate/sizes.h"

namespace vgpu::gate {

namespace {

Refusal refusal(const char* check, std::string text) {
    return {check, std::move(text)};
}

bool runs_in(spv::ExecutionModel model, VkShaderStageFlagBits stage) {
    switch (stage) {
        case VK_SHADER_STAGE_VERTEX_BIT:
            return model == spv::ExecutionModelVertex;
        case VK_SHADER_STAGE_TESSELLATION_CONTROL_BIT:
            return model == spv::ExecutionModelTessellationControl;
        case VK_SHADER_STAGE_TESSELLATION_EVALUATION_BIT:
            return model == spv::ExecutionModelTessellationEvaluation;
        case VK_SHADER_STAGE_GEOMETRY_BIT:
            return model == spv::ExecutionModelGeometry;
        case VK_SHADER_STAGE_FRAGMENT_BIT:
            return model == spv::ExecutionModelFragment;
        case VK_SHADER_STAGE_COMPUTE_BIT:
            return model == spv::ExecutionModelGLCompute;
        case VK_SHADER_STAGE_TASK_BIT_EXT:
            return model == spv::ExecutionModelTaskEXT || model == spv::ExecutionModelTaskNV;
        case VK_SHADER_STAGE_MESH_BIT_EXT:
            return model == spv::ExecutionModelMeshEXT || model == spv::ExecutionModelMeshNV;
        case VK_SHADER_STAGE_RAYGEN_BIT_KHR:
            return model == spv::ExecutionModelRayGenerationKHR;
        case VK_SHADER_STAGE_ANY_HIT_BIT_KHR:
            return model == spv::ExecutionModelAnyHitKHR;
        case VK_SHADER_STAGE_CLOSEST_HIT_BIT_KHR:
            return model == spv::ExecutionModelClosestHitKHR;
        case VK_SHADER_STAGE_MISS_BIT_KHR:
            return model == spv::ExecutionModelMissKHR;
        case VK_SHADER_STAGE_INTERSECTION_BIT_KHR:
            return model == spv::ExecutionModelIntersectionKHR;
        case VK_SHADER_STAGE_CALLABLE_BIT_KHR:
            return model == spv::ExecutionModelCallableKHR;
        case VK_SHADER_STAGE_SUBPASS_SHADING_BIT_HUAWEI:
            return model == spv::ExecutionModelGLCompute;
        default:
            return false;
    }
}

const EntryPoint* find_entry(const Shader& shader, const StageUse& use) {
    for (const EntryPoint& entry : shader.entry_points)
        if (entry.name == use.entry && runs_in(entry.model, use.stage)) return &entry;
    return nullptr;
}

// Octets that Vulkan has in VkSpecializationMapEntry for a constant of that type.
std::size_t spec_bytes(const Type& type) {
    return type.op == spv::OpTypeBool ? 4 : (type.bits + 7) / 8;
}

// Drivers read where an entry says, and trust its size.
Verdict read_specialization(const Shader& shader, const VkSpecializationInfo& info,
                            std::vector<SpecValue>& values) {
    constexpr std::uint32_t kMaxEntries = 65536;
    if (info.mapEntryCount == 0) return {};
    if (info.mapEntryCount > kMaxEntries || !info.pMapEntries || (info.dataSize && !info.pData))
        return refusal("specialization", "It is specialized by " +
                                             std::to_string(info.mapEntryCount) +
                                             " entries without data, or by too many.");
    for (std::uint32_t i = 0; i < info.mapEntryCount; ++i) {
        const VkSpecializationMapEntry& entry = info.pMapEntries[i];
        if (entry.offset > info.dataSize || entry.size > info.dataSize - entry.offset)
            return refusal("specialization", "The value of constant " +
                                                 std::to_string(entry.constantID) + " has " +
                                                 std::to_string(entry.size) + " octets at " +
                                                 std::to_string(entry.offset) + " of " +
                                                 std::to_string(info.dataSize) + ".");
        SpecValue value{entry.constantID, 0};
        std::memcpy(&value.value, static_cast<const std::uint8_t*>(info.pData) + entry.offset,
                    std::min<std::size_t>(entry.size, sizeof value.value));
        values.push_back(value);
    }
    std::stable_sort(values.begin(), values.end(),
                     [](const SpecValue& a, const SpecValue& b) { return a.id < b.id; });
    // Constants in the module are few, entries may be many: look at each constant once.
    std::vector<std::pair<std::uint32_t, std::size_t>> sizes;
    for (std::uint32_t i = 0; i < info.mapEntryCount; ++i)
        sizes.emplace_back(info.pMapEntries[i].constantID, info.pMapEntries[i].size);
    std::stable_sort(sizes.begin(), sizes.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    for (std::size_t i = 1; i < values.size(); ++i)
        if (values[i].id == values[i - 1].id)
            return refusal("specialization",
                           "Constant " + std::to_string(values[i].id) + " is specialized twice.");
    for (const Constant& constant : shader.constants) {
        if (constant.spec_id == kNone) continue;
        const auto given =
            std::lower_bound(sizes.begin(), sizes.end(), constant.spec_id,
                             [](const auto& one, std::uint32_t id) { return one.first < id; });
        if (given == sizes.end() || given->first != constant.spec_id) continue;
        const std::size_t bytes = spec_bytes(shader.types[constant.type]);
        if (given->second != bytes)
            return refusal("specialization", "The value of constant " +
                                                 std::to_string(constant.spec_id) + " has " +
                                                 std::to_string(given->second) + " octets, not " +
                                                 std::to_string(bytes) + ".");
    }
    return {};
}

// Functions that the entry point leads to.
std::vector<std::uint32_t> reach(const Shader& shader, std::uint32_t root) {
    std::vector<bool> seen(shader.functions.size());
    std::vector<std::uint32_t> found{root};
    seen[root] = true;
    for (std::size_t i = 0; i < found.size(); ++i)
        for (const auto& [callee, n] : shader.functions[found[i]].calls)
            if (!seen[callee]) {
                seen[callee] = true;
                found.push_back(callee);
            }
    return found;
}

bool is_workgroup_model(spv::ExecutionModel model) {
    switch (model) {
        case spv::ExecutionModelGLCompute:
        case spv::ExecutionModelTaskEXT:
        case spv::ExecutionModelMeshEXT:
        case spv::ExecutionModelTaskNV:
        case spv::ExecutionModelMeshNV:
            return true;
        default:
            return false;
    }
}

// As the constant that is decorated with WorkgroupSize says, else the execution mode.
Verdict workgroup_size(const Stage& stage, std::array<std::uint64_t, 3>& size) {
    const Shader& shader = stage.shader;
    for (int i = 0; i < 3; ++i) {
        size[i] = stage.entry.local_size[i];
        const std::uint32_t constant = stage.entry.local_size_constants[i];
        if (constant == kNone) continue;
        const auto value = stage.sizes.values[constant];
        if (!value) return refusal("local-size", "Its size is a constant that cannot be computed.");
        size[i] = *value;
    }
    for (const Constant& constant : shader.constants) {
        if (!constant.is_workgroup_size) continue;
        for (std::size_t i = 0; i < 3; ++i) {
            const bool known = i < constant.operands.size() && constant.operands[i] != kNone &&
                               stage.sizes.values[constant.operands[i]];
            if (!known)
                return refusal("local-size", "Its size is a constant that cannot be computed.");
            size[i] = *stage.sizes.values[constant.operands[i]];
        }
    }
    return {};
}

Verdict check_workgroup(const Stage& stage) {
    if (!is_workgroup_model(stage.entry.model)) return {};
    std::array<std::uint64_t, 3> size{};
    if (Verdict bad = workgroup_size(stage, size)) return bad;
    const DeviceLimits& limits = stage.limits;
    bool fits = true;
    std::uint64_t all = 1;
    for (int i = 0; i < 3; ++i) {
        fits = fits && size[i] >= 1 && size[i] <= limits.workgroup_size[i];
        all *= fits ? size[i] : 1;
    }
    if (!fits || all > limits.workgroup_invocations)
        return refusal("local-size", "Its local size is " + std::to_string(size[0]) + " x " +
                                         std::to_string(size[1]) + " x " + std::to_string(size[2]) +
                                         "; the device has " +
                                         std::to_string(limits.workgroup_invocations) +
                                         " invocations.");
    // Blocks of explicit layout share their memory.
    std::uint64_t bytes = 0, shared = 0;
    for (const auto& [index, members] : stage.uses) {
        const Variable& variable = stage.shader.variables[index];
        if (variable.storage != spv::StorageClassWorkgroup &&
            variable.storage != spv::StorageClassTaskPayloadWorkgroupEXT)
            continue;
        const std::uint64_t one = stage.sizes.bytes[variable.type];
        if (stage.shader.types[variable.type].block)
            shared = std::max(shared, one);
        else
            bytes += one;
    }
    if (bytes + shared <= limits.workgroup_bytes) return {};
    return refusal("workgroup-memory", "Its workgroups share " + std::to_string(bytes + shared) +
                                           " octets; the device has " +
                                           std::to_string(limits.workgroup_bytes) + ".");
}

Verdict check_private_memory(const Stage& stage) {
    const std::uint64_t scalars = stage.sizes.function_scalars[stage.entry.function];
    if (scalars > kMaxScalars)
        return refusal("scalars", "With every function inlined it makes " +
                                      std::to_string(scalars) + " scalars, more than " +
                                      std::to_string(kMaxScalars) + ".");
    std::uint64_t bytes = stage.sizes.function_bytes[stage.entry.function];
    for (const auto& [index, members] : stage.uses) {
        const Variable& variable = stage.shader.variables[index];
        if (variable.storage != spv::StorageClassPrivate) continue;
        const std::uint64_t one = stage.sizes.bytes[variable.type];
        bytes = bytes > kMaxPrivateBytes ? bytes : bytes + one;
    }
    if (bytes <= kMaxPrivateBytes) return {};
    return refusal("private-memory", "The variables of one invocation have " +
                                         std::to_string(bytes) + " octets, more than " +
                                         std::to_string(kMaxPrivateBytes) + ".");
}

Verdict check_geometry(const Stage& stage) {
    const EntryPoint& entry = stage.entry;
    const DeviceLimits& limits = stage.limits;
    const auto beyond = [](const char* what, std::uint32_t has, std::uint32_t most) {
        return refusal("geometry", std::string("Its ") + what + " are " + std::to_string(has) +
                                       "; the device has at most " + std::to_string(most) + ".");
    };
    if (entry.model == spv::ExecutionModelGeometry) {
        if (entry.output_vertices > limits.geometry_vertices)
            return beyond("output vertices", entry.output_vertices, limits.geometry_vertices);
        if (entry.invocations > limits.geometry_invocations)
            return beyond("invocations", entry.invocations, limits.geometry_invocations);
    }
    if (entry.model == spv::ExecutionModelTessellationControl &&
        entry.output_vertices > limits.patch_vertices)
        return beyond("output vertices", entry.output_vertices, limits.patch_vertices);
    return {};
}

}  // namespace

DeviceLimits::DeviceLimits(const VkPhysicalDeviceLimits& of)
    : workgroup_bytes(of.maxComputeSharedMemorySize),
      workgroup_invocations(of.maxComputeWorkGroupInvocations),
      push_constant_bytes(of.maxPushConstantsSize),
      patch_vertices(of.maxTessellationPatchSize),
      geometry_vertices(of.maxGeometryOutputVertices),
      geometry_invocations(of.maxGeometryShaderInvocations),
      clip_distances(of.maxClipDistances),
      cull_distances(of.maxCullDistances),
      vertex_inputs(of.maxVertexInputAttributes),
      vertex_outputs(of.maxVertexOutputComponents / 4),
      fragment_inputs(of.maxFragmentInputComponents / 4),
      fragment_outputs(of.maxFragmentOutputAttachments),
      control_inputs(of.maxTessellationControlPerVertexInputComponents / 4),
      control_outputs(of.maxTessellationControlPerVertexOutputComponents / 4),
      control_patch_outputs(of.maxTessellationControlPerPatchOutputComponents / 4),
      evaluation_inputs(of.maxTessellationEvaluationInputComponents / 4),
      evaluation_outputs(of.maxTessellationEvaluationOutputComponents / 4),
      geometry_inputs(of.maxGeometryInputComponents / 4),
      geometry_outputs(of.maxGeometryOutputComponents / 4) {
    for (int i = 0; i < 3; ++i) workgroup_size[i] = of.maxComputeWorkGroupSize[i];
}

Verdict check_stage(const Shader& shader, const StageUse& use, const DeviceLimits& limits) {
    const EntryPoint* entry = find_entry(shader, use);
    if (!entry)
        return refusal("entry-point",
                       "It has no entry point of the name and the kind that the "
                       "pipeline asks for.");
    std::vector<SpecValue> specialization;
    if (use.specialization)
        if (Verdict bad = read_specialization(shader, *use.specialization, specialization))
            return bad;
    Sizes sizes;
    if (Verdict bad = measure(shader, specialization, sizes)) return bad;
    Stage stage{shader, *entry, use, sizes, limits, {}};
    for (const std::uint32_t function : reach(shader, entry->function))
        for (const auto& [variable, members] : shader.functions[function].uses) {
            auto& all = stage.uses[variable];
            all.insert(members.begin(), members.end());
        }
    for (const auto check : {check_private_memory, check_workgroup, check_geometry,
                             check_descriptors, check_push_constants, check_locations})
        if (Verdict bad = check(stage)) return bad;
    return {};
}

}  // namespace vgpu::gate
