// Ray tracing: what a driver takes as it comes is held against what it belongs to.
#include <cstdint>
#include <vector>

#include "replay/device.h"
#include "replay/pipelines.h"
#include "replays.h"

namespace vgpu::replay {

namespace {

bool is_stage(std::uint32_t index, std::uint32_t stages) {
    return index < stages;
}
bool is_stage_or_none(std::uint32_t index, std::uint32_t stages) {
    return index == VK_SHADER_UNUSED_KHR || index < stages;
}

// Both kinds of pipelines name their groups' stages alike.
template <typename Info>
bool groups_have_stages(const Info& info) {
    for (std::uint32_t i = 0; i < info.groupCount; ++i) {
        const auto& group = info.pGroups[i];
        if (!is_stage_or_none(group.generalShader, info.stageCount) ||
            !is_stage_or_none(group.closestHitShader, info.stageCount) ||
            !is_stage_or_none(group.anyHitShader, info.stageCount) ||
            !is_stage_or_none(group.intersectionShader, info.stageCount))
            return false;
        if (group.type == VK_RAY_TRACING_SHADER_GROUP_TYPE_GENERAL_KHR &&
            !is_stage(group.generalShader, info.stageCount))
            return false;
        if (group.type == VK_RAY_TRACING_SHADER_GROUP_TYPE_PROCEDURAL_HIT_GROUP_KHR &&
            !is_stage(group.intersectionShader, info.stageCount))
            return false;
    }
    return true;
}

template <typename Args>
bool check_groups(Replay& replay, const Args& args) {
    for (std::uint32_t i = 0; i < args.createInfoCount; ++i) {
        if (groups_have_stages(args.pCreateInfos[i])) continue;
        replay.fail("A shader group of a ray tracing pipeline names a stage that is not there.");
        return false;
    }
    return true;
}

std::uint32_t count_groups(const ShaderGroups& known,
                           const VkRayTracingPipelineCreateInfoKHR& info) {
    std::uint64_t n = info.groupCount;
    for (std::uint32_t i = 0; info.pLibraryInfo && i < info.pLibraryInfo->libraryCount; ++i)
        n += known.of(info.pLibraryInfo->pLibraries[i]);
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(n, UINT32_MAX));
}
std::uint32_t count_groups(const ShaderGroups&, const VkRayTracingPipelineCreateInfoNV& info) {
    return info.groupCount;
}

// The bytes of one group's handle.
std::uint32_t handle_size(Replay& replay) {
    VkPhysicalDeviceRayTracingPipelinePropertiesKHR rays{
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_RAY_TRACING_PIPELINE_PROPERTIES_KHR};
    VkPhysicalDeviceRayTracingPropertiesNV rays_nv{
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_RAY_TRACING_PROPERTIES_NV, .pNext = &rays};
    VkPhysicalDeviceProperties2 properties{.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2,
                                           .pNext = &rays_nv};
    replay.vk().vkGetPhysicalDeviceProperties2(device_of(replay).physical_device, &properties);
    return std::max(rays.shaderGroupHandleSize, rays_nv.shaderGroupHandleSize);
}

// Where each build's elements begin; nothing, and a violation, when the flat array is not as long
// as the geometries are many.
template <typename T>
const T** split(Replay& replay, std::uint32_t infos,
                const VkAccelerationStructureBuildGeometryInfoKHR* info, std::uint32_t count,
                const T* all) {
    std::uint64_t wanted = 0;
    for (std::uint32_t i = 0; i < infos; ++i) wanted += info[i].geometryCount;
    if (wanted != count) {
        replay.fail("A build of acceleration structures brings " + std::to_string(count) +
                    " ranges for " + std::to_string(wanted) + " geometries.");
        return nullptr;
    }
    auto** parts = replay.scratch<const T*>(infos);
    if (!parts) return nullptr;
    for (std::uint32_t i = 0; i < infos; ++i) {
        parts[i] = all;
        all += info[i].geometryCount;
    }
    return parts;
}

// Pipelines name each other as parents and as libraries, by index too: one that is refused takes
// the others of its command along.
template <typename CreateInfo>
struct RayTracingPipelines : PipelineKind {
    using Info = CreateInfo;
    static constexpr bool kTogether = true;
    static Stages stages_of(Replay&, const Info& info) {
        Stages stages;
        if (info.pStages) add_stages(stages, info.pStages, info.stageCount);
        return stages;
    }
    static void note(ContextState& state, const Info& info, VkPipeline made) {
        state.shader_groups.set(made, count_groups(state.shader_groups, info));
    }
};

struct RayTracingPipelinesKHR : RayTracingPipelines<VkRayTracingPipelineCreateInfoKHR> {
    static VkResult compile(const HostVulkan& vk, VkDevice device, VkPipelineCache cache,
                            std::uint32_t n, const Info* infos, VkPipeline* made) {
        return vk.vkCreateRayTracingPipelinesKHR(device, VK_NULL_HANDLE, cache, n, infos, nullptr,
                                                 made);
    }
};
struct RayTracingPipelinesNV : RayTracingPipelines<VkRayTracingPipelineCreateInfoNV> {
    static VkResult compile(const HostVulkan& vk, VkDevice device, VkPipelineCache cache,
                            std::uint32_t n, const Info* infos, VkPipeline* made) {
        return vk.vkCreateRayTracingPipelinesNV(device, cache, n, infos, nullptr, made);
    }
};

}  // namespace

void replay_vkCreateRayTracingPipelinesKHR(Replay& replay,
                                           wire::Args_vkCreateRayTracingPipelinesKHR& args,
                                           wire::Reply_vkCreateRayTracingPipelinesKHR&) {
    const char* name = "vkCreateRayTracingPipelinesKHR";
    if (!replay.vk().vkCreateRayTracingPipelinesKHR) return replay.unserved(name);
    if (!check_groups(replay, args)) return;
    create_pipelines<RayTracingPipelinesKHR>(replay, args.device, args.pipelineCache,
                                             {args.pCreateInfos, args.createInfoCount},
                                             args.pPipelines, name);
}

void replay_vkCreateRayTracingPipelinesNV(Replay& replay,
                                          wire::Args_vkCreateRayTracingPipelinesNV& args,
                                          wire::Reply_vkCreateRayTracingPipelinesNV&) {
    const char* name = "vkCreateRayTracingPipelinesNV";
    if (!replay.vk().vkCreateRayTracingPipelinesNV) return replay.unserved(name);
    if (!check_groups(replay, args)) return;
    create_pipelines<RayTracingPipelinesNV>(replay, args.device, args.pipelineCache,
                                            {args.pCreateInfos, args.createInfoCount},
                                            args.pPipelines, name);
}

void replay_vkGetRayTracingShaderGroupHandlesKHR(
    Replay& replay, wire::Args_vkGetRayTracingShaderGroupHandlesKHR& args,
    wire::Reply_vkGetRayTracingShaderGroupHandlesKHR& reply) {
    if (!replay.vk().vkGetRayTracingShaderGroupHandlesKHR)
        return replay.unserved("vkGetRayTracingShaderGroupHandlesKHR");
    const std::uint64_t groups = replay.state().shader_groups.of(args.pipeline);
    if (std::uint64_t{args.firstGroup} + args.groupCount > groups)
        return replay.fail("The guest asks for handles of shader groups that are not there.");
    if (!args.pData || args.dataSize / std::max(handle_size(replay), 1u) < args.groupCount)
        return replay.fail("The guest has too little room for the shader groups' handles.");
    reply.result = replay.vk().vkGetRayTracingShaderGroupHandlesKHR(
        args.device, args.pipeline, args.firstGroup, args.groupCount, args.dataSize, args.pData);
    reply.pData = args.pData;
    reply.pData_count = args.dataSize;
}

void replay_vkGetRayTracingShaderGroupStackSizeKHR(
    Replay& replay, wire::Args_vkGetRayTracingShaderGroupStackSizeKHR& args,
    wire::Reply_vkGetRayTracingShaderGroupStackSizeKHR& reply) {
    if (!replay.vk().vkGetRayTracingShaderGroupStackSizeKHR)
        return replay.unserved("vkGetRayTracingShaderGroupStackSizeKHR");
    if (args.group >= replay.state().shader_groups.of(args.pipeline))
        return replay.fail("The guest asks for the stack of a shader group that is not there.");
    reply.result = replay.vk().vkGetRayTracingShaderGroupStackSizeKHR(args.device, args.pipeline,
                                                                      args.group, args.groupShader);
}

void replay_vgpuCmdBuildAccelerationStructures(Replay& replay,
                                               wire::Args_vgpuCmdBuildAccelerationStructures& args,
                                               wire::Reply_vgpuCmdBuildAccelerationStructures&) {
    if (!replay.vk().vkCmdBuildAccelerationStructuresKHR)
        return replay.unserved("vkCmdBuildAccelerationStructuresKHR");
    const auto** ranges = split(replay, args.infoCount, args.pInfos, args.rangeCount, args.pRanges);
    if (!ranges) return;
    replay.vk().vkCmdBuildAccelerationStructuresKHR(args.commandBuffer, args.infoCount, args.pInfos,
                                                    ranges);
}

void replay_vgpuCmdBuildAccelerationStructuresIndirect(
    Replay& replay, wire::Args_vgpuCmdBuildAccelerationStructuresIndirect& args,
    wire::Reply_vgpuCmdBuildAccelerationStructuresIndirect&) {
    if (!replay.vk().vkCmdBuildAccelerationStructuresIndirectKHR)
        return replay.unserved("vkCmdBuildAccelerationStructuresIndirectKHR");
    const auto** most =
        split(replay, args.infoCount, args.pInfos, args.maxCountCount, args.pMaxCounts);
    if (!most) return;
    replay.vk().vkCmdBuildAccelerationStructuresIndirectKHR(
        args.commandBuffer, args.infoCount, args.pInfos, args.pIndirectDeviceAddresses,
        args.pIndirectStrides, most);
}

}  // namespace vgpu::replay
