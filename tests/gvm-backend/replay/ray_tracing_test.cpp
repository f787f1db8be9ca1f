// Ray tracing and timestamps on a driver that stands in: what a hostile guest asks never gets
// there.
#include <cstring>
#include <string>
#include <vector>

#include "replay/replay.h"
#include "replay_harness.h"
#include "tests/catch.h"
// Generated; has no includes of its own.
#include "send_no_rays.h"

using namespace vgpu;
using namespace vgpu::replay;
using wire::make_id;

namespace {

constexpr std::uint32_t kHandleBytes = 32;

// What the driver was given last.
struct Given {
    std::uint32_t pipelines = 0;
    std::vector<std::vector<std::uint32_t>> counts;  // primitives, by build
    std::vector<std::vector<std::uint32_t>> most;
    std::uint32_t handles = 0;
    std::uint32_t stacks = 0;
    std::uint32_t timestamps = 0;
};
Given given;

VKAPI_ATTR VkResult VKAPI_CALL create_pipelines(VkDevice, VkDeferredOperationKHR operation,
                                                VkPipelineCache, uint32_t count,
                                                const VkRayTracingPipelineCreateInfoKHR*,
                                                const VkAllocationCallbacks*, VkPipeline* made) {
    CHECK(operation == VK_NULL_HANDLE);
    for (std::uint32_t i = 0; i < count; ++i)
        made[i] = reinterpret_cast<VkPipeline>(std::uint64_t{0x1000} + ++given.pipelines);
    return VK_SUCCESS;
}
VKAPI_ATTR void VKAPI_CALL build(VkCommandBuffer, uint32_t count,
                                 const VkAccelerationStructureBuildGeometryInfoKHR* infos,
                                 const VkAccelerationStructureBuildRangeInfoKHR* const* ranges) {
    given.counts.clear();
    for (std::uint32_t i = 0; i < count; ++i) {
        std::vector<std::uint32_t>& of = given.counts.emplace_back();
        for (std::uint32_t k = 0; k < infos[i].geometryCount; ++k)
            of.push_back(ranges[i][k].primitiveCount);
    }
}
VKAPI_ATTR void VKAPI_CALL build_indirect(VkCommandBuffer, uint32_t count,
                                          const VkAccelerationStructureBuildGeometryInfoKHR* infos,
                                          const VkDeviceAddress*, const uint32_t*,
                                          const uint32_t* const* most) {
    given.most.clear();
    for (std::uint32_t i = 0; i < count; ++i)
        given.most.emplace_back(most[i], most[i] + infos[i].geometryCount);
}
VKAPI_ATTR VkResult VKAPI_CALL group_handles(VkDevice, VkPipeline, uint32_t, uint32_t count, size_t,
                                             void* data) {
    ++given.handles;
    std::memset(data, 7, count * kHandleBytes);
    return VK_SUCCESS;
}
VKAPI_ATTR VkDeviceSize VKAPI_CALL stack_size(VkDevice, VkPipeline, uint32_t,
                                              VkShaderGroupShaderKHR) {
    ++given.stacks;
    return 64;
}
VKAPI_ATTR VkResult VKAPI_CALL timestamps(VkDevice, uint32_t count,
                                          const VkCalibratedTimestampInfoEXT*, uint64_t* times,
                                          uint64_t* deviation) {
    ++given.timestamps;
    for (std::uint32_t i = 0; i < count; ++i) times[i] = 5;
    *deviation = 1;
    return VK_SUCCESS;
}
VKAPI_ATTR void VKAPI_CALL properties(VkPhysicalDevice, VkPhysicalDeviceProperties2* asked) {
    for (auto* at = static_cast<VkBaseOutStructure*>(asked->pNext); at; at = at->pNext)
        if (at->sType == VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_RAY_TRACING_PIPELINE_PROPERTIES_KHR)
            reinterpret_cast<VkPhysicalDeviceRayTracingPipelinePropertiesKHR*>(at)
                ->shaderGroupHandleSize = kHandleBytes;
}

class RayGuest : public ReplayHarness {
  public:
    RayGuest() {
        given = {};
        make_all();
        HostVulkan& vk = dynamic_cast<Replay&>(*sink).state().vk;
        vk.vkCreateRayTracingPipelinesKHR = create_pipelines;
        vk.vkCmdBuildAccelerationStructuresKHR = build;
        vk.vkCmdBuildAccelerationStructuresIndirectKHR = build_indirect;
        vk.vkGetRayTracingShaderGroupHandlesKHR = group_handles;
        vk.vkGetRayTracingShaderGroupStackSizeKHR = stack_size;
        vk.vkGetCalibratedTimestampsEXT = timestamps;
        vk.vkGetPhysicalDeviceProperties2 = properties;
        vk.vkDestroyPipeline = [](VkDevice, VkPipeline, const VkAllocationCallbacks*) {};
        const VkPipelineLayoutCreateInfo layout{VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO};
        must_run(wire::Args_vkCreatePipelineLayout{
            .device = device, .pCreateInfo = &layout, .pPipelineLayout = kLayout});
        const VkCommandPoolCreateInfo pool{VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO};
        must_run(wire::Args_vkCreateCommandPool{
            .device = device, .pCreateInfo = &pool, .pCommandPool = kPool});
        const VkCommandBufferAllocateInfo buffers{
            .sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
            .commandPool = object<VkCommandPool>(kPool),
            .commandBufferCount = 1};
        must_run(wire::Args_vgpuAllocateCommandBuffers{.device = device,
                                                       .commandPool = object<VkCommandPool>(kPool),
                                                       .pAllocateInfo = &buffers,
                                                       .pCommandBuffers = &kBuffer});
    }

    // A pipeline of one stage and these groups.
    wire::Violation make_pipeline(wire::ObjectId id,
                                  const std::vector<VkRayTracingShaderGroupCreateInfoKHR>& groups,
                                  const VkPipelineLibraryCreateInfoKHR* libraries = nullptr,
                                  std::size_t code_bytes = sizeof(kSendNoRays)) {
        const VkShaderModuleCreateInfo code{.sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO,
                                            .codeSize = code_bytes,
                                            .pCode = kSendNoRays};
        const VkPipelineShaderStageCreateInfo stage{
            .sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO,
            .pNext = &code,
            .stage = VK_SHADER_STAGE_RAYGEN_BIT_KHR,
            .pName = "main"};
        const VkRayTracingPipelineInterfaceCreateInfoKHR interface {
            VK_STRUCTURE_TYPE_RAY_TRACING_PIPELINE_INTERFACE_CREATE_INFO_KHR
        };
        const VkRayTracingPipelineCreateInfoKHR info{
            .sType = VK_STRUCTURE_TYPE_RAY_TRACING_PIPELINE_CREATE_INFO_KHR,
            .stageCount = 1,
            .pStages = &stage,
            .groupCount = static_cast<std::uint32_t>(groups.size()),
            .pGroups = groups.data(),
            .pLibraryInfo = libraries,
            .pLibraryInterface = &interface,
            .layout = reinterpret_cast<VkPipelineLayout>(kLayout)};
        return run(wire::Args_vkCreateRayTracingPipelinesKHR{
            .device = device, .createInfoCount = 1, .pCreateInfos = &info, .pPipelines = &id});
    }
    wire::Violation ask_handles(wire::ObjectId pipeline, std::uint32_t first, std::uint32_t count,
                                std::size_t bytes) {
        std::vector<std::uint8_t> room(bytes);
        return run(wire::Args_vkGetRayTracingShaderGroupHandlesKHR{
            .device = device,
            .pipeline = reinterpret_cast<VkPipeline>(pipeline),
            .firstGroup = first,
            .groupCount = count,
            .dataSize = bytes,
            .pData = room.data()});
    }

    static constexpr wire::ObjectId kLayout = make_id(10, 1);
    static constexpr wire::ObjectId kPool = make_id(11, 1);
    const wire::ObjectId kBuffer = make_id(12, 1);
};

VkRayTracingShaderGroupCreateInfoKHR group(VkRayTracingShaderGroupTypeKHR type,
                                           std::uint32_t general,
                                           std::uint32_t closest_hit = VK_SHADER_UNUSED_KHR,
                                           std::uint32_t intersection = VK_SHADER_UNUSED_KHR) {
    return {VK_STRUCTURE_TYPE_RAY_TRACING_SHADER_GROUP_CREATE_INFO_KHR,
            nullptr,
            type,
            general,
            closest_hit,
            VK_SHADER_UNUSED_KHR,
            intersection,
            nullptr};
}
constexpr auto kGeneral = VK_RAY_TRACING_SHADER_GROUP_TYPE_GENERAL_KHR;
constexpr auto kTriangles = VK_RAY_TRACING_SHADER_GROUP_TYPE_TRIANGLES_HIT_GROUP_KHR;
constexpr auto kProcedural = VK_RAY_TRACING_SHADER_GROUP_TYPE_PROCEDURAL_HIT_GROUP_KHR;

VkAccelerationStructureGeometryKHR triangles() {
    VkAccelerationStructureGeometryKHR geometry{
        .sType = VK_STRUCTURE_TYPE_ACCELERATION_STRUCTURE_GEOMETRY_KHR,
        .geometryType = VK_GEOMETRY_TYPE_TRIANGLES_KHR};
    geometry.geometry.triangles = {
        .sType = VK_STRUCTURE_TYPE_ACCELERATION_STRUCTURE_GEOMETRY_TRIANGLES_DATA_KHR,
        .vertexFormat = VK_FORMAT_R32G32B32_SFLOAT,
        .indexType = VK_INDEX_TYPE_NONE_KHR};
    return geometry;
}

VkAccelerationStructureBuildGeometryInfoKHR build_of(
    const std::vector<VkAccelerationStructureGeometryKHR>& geometries) {
    return {.sType = VK_STRUCTURE_TYPE_ACCELERATION_STRUCTURE_BUILD_GEOMETRY_INFO_KHR,
            .geometryCount = static_cast<std::uint32_t>(geometries.size()),
            .pGeometries = geometries.data()};
}

}  // namespace

TEST_CASE("a shader group that names no stage of its pipeline never reaches the driver") {
    RayGuest guest;
    const VkRayTracingShaderGroupCreateInfoKHR lies[] = {
        group(kGeneral, 1),
        group(kGeneral, VK_SHADER_UNUSED_KHR),
        group(kTriangles, VK_SHADER_UNUSED_KHR, 1),
        group(kTriangles, VK_SHADER_UNUSED_KHR, 1u << 31),
        group(kProcedural, VK_SHADER_UNUSED_KHR, 0),
        group(kProcedural, VK_SHADER_UNUSED_KHR, 0, 1)};
    for (const auto& lie : lies)
        CHECK(guest.make_pipeline(make_id(20, 1), {group(kGeneral, 0), lie}) ==
              wire::Violation::BadArgument);
    CHECK(given.pipelines == 0);
    CHECK(guest.make_pipeline(make_id(20, 1),
                              {group(kGeneral, 0), group(kTriangles, VK_SHADER_UNUSED_KHR, 0),
                               group(kProcedural, VK_SHADER_UNUSED_KHR, 0, 0)}) ==
          wire::Violation::None);
    CHECK(given.pipelines == 1);
}

TEST_CASE("a stage that the gate refuses never reaches the driver, and the guest is told") {
    RayGuest guest;
    const wire::ObjectId id = make_id(20, 1);
    REQUIRE(guest.make_pipeline(id, {group(kGeneral, 0)}, nullptr, sizeof(kSendNoRays) - 8) ==
            wire::Violation::None);
    CHECK(given.pipelines == 0);
    VkResult verdict = VK_SUCCESS;
    const wire::Args_vgpuJudgePipelines ask{
        .device = guest.device, .pipelineCount = 1, .pIds = &id, .pResults = &verdict};
    REQUIRE(guest.run(ask) == wire::Violation::None);
    // Verdicts stand behind their count.
    REQUIRE(guest.reply.size() >= 8);
    std::memcpy(&verdict, guest.reply.data() + 4, 4);
    CHECK(verdict == VK_ERROR_INVALID_SHADER_NV);
    // Its id is free again.
    CHECK(guest.make_pipeline(id, {group(kGeneral, 0)}) == wire::Violation::None);
    CHECK(given.pipelines == 1);
}

TEST_CASE("handles of shader groups are asked for only where the groups and the room are") {
    RayGuest guest;
    REQUIRE(guest.make_pipeline(make_id(20, 1), {group(kGeneral, 0), group(kGeneral, 0)}) ==
            wire::Violation::None);
    CHECK(guest.ask_handles(make_id(20, 1), 0, 2, 2 * kHandleBytes) == wire::Violation::None);
    CHECK(given.handles == 1);
    CHECK(guest.ask_handles(make_id(20, 1), 1, 2, 2 * kHandleBytes) ==
          wire::Violation::BadArgument);
    CHECK(guest.ask_handles(make_id(20, 1), ~0u, 2, 2 * kHandleBytes) ==
          wire::Violation::BadArgument);
    CHECK(guest.ask_handles(make_id(20, 1), 0, 2, 2 * kHandleBytes - 1) ==
          wire::Violation::BadArgument);
    CHECK(given.handles == 1);
}

TEST_CASE("a pipeline's groups are its own and those of its libraries") {
    RayGuest guest;
    REQUIRE(guest.make_pipeline(make_id(20, 1), {group(kGeneral, 0), group(kGeneral, 0)}) ==
            wire::Violation::None);
    const auto library = reinterpret_cast<VkPipeline>(make_id(20, 1));
    const VkPipelineLibraryCreateInfoKHR libraries{
        VK_STRUCTURE_TYPE_PIPELINE_LIBRARY_CREATE_INFO_KHR, nullptr, 1, &library};
    REQUIRE(guest.make_pipeline(make_id(21, 1), {group(kGeneral, 0)}, &libraries) ==
            wire::Violation::None);
    CHECK(guest.ask_handles(make_id(21, 1), 2, 1, kHandleBytes) == wire::Violation::None);
    CHECK(guest.ask_handles(make_id(21, 1), 3, 1, kHandleBytes) == wire::Violation::BadArgument);
}

TEST_CASE("the stack of a shader group that is not there is not asked for") {
    RayGuest guest;
    REQUIRE(guest.make_pipeline(make_id(20, 1), {group(kGeneral, 0)}) == wire::Violation::None);
    const auto ask = [&](std::uint32_t index) {
        return guest.run(wire::Args_vkGetRayTracingShaderGroupStackSizeKHR{
            .device = guest.device,
            .pipeline = reinterpret_cast<VkPipeline>(make_id(20, 1)),
            .group = index,
            .groupShader = VK_SHADER_GROUP_SHADER_GENERAL_KHR});
    };
    CHECK(ask(0) == wire::Violation::None);
    CHECK(ask(1) == wire::Violation::BadArgument);
    CHECK(given.stacks == 1);
}

TEST_CASE("a build brings one range for each of its geometries") {
    RayGuest guest;
    const std::vector<VkAccelerationStructureGeometryKHR> two{triangles(), triangles()},
        one{triangles()};
    const VkAccelerationStructureBuildGeometryInfoKHR infos[] = {build_of(two), build_of(one)};
    const VkAccelerationStructureBuildRangeInfoKHR ranges[4] = {{1}, {2}, {3}, {4}};
    const auto build = [&](std::uint32_t count) {
        return guest.run(wire::Args_vgpuCmdBuildAccelerationStructures{
            .commandBuffer = guest.object<VkCommandBuffer>(guest.kBuffer),
            .infoCount = 2,
            .pInfos = infos,
            .rangeCount = count,
            .pRanges = ranges});
    };
    CHECK(build(3) == wire::Violation::None);
    CHECK(given.counts == std::vector<std::vector<std::uint32_t>>{{1, 2}, {3}});
    given = {};
    CHECK(build(2) == wire::Violation::BadArgument);
    CHECK(build(4) == wire::Violation::BadArgument);
    CHECK(build(0) == wire::Violation::BadArgument);
    CHECK(given.counts.empty());
}

TEST_CASE("an indirect build brings one count for each of its geometries") {
    RayGuest guest;
    const std::vector<VkAccelerationStructureGeometryKHR> two{triangles(), triangles()};
    const VkAccelerationStructureBuildGeometryInfoKHR info = build_of(two);
    const VkDeviceAddress address = 0x1000;
    const std::uint32_t stride = 16, most[] = {7, 8, 9};
    const auto build = [&](std::uint32_t count) {
        return guest.run(wire::Args_vgpuCmdBuildAccelerationStructuresIndirect{
            .commandBuffer = guest.object<VkCommandBuffer>(guest.kBuffer),
            .infoCount = 1,
            .pInfos = &info,
            .pIndirectDeviceAddresses = &address,
            .pIndirectStrides = &stride,
            .maxCountCount = count,
            .pMaxCounts = most});
    };
    CHECK(build(2) == wire::Violation::None);
    CHECK(given.most == std::vector<std::vector<std::uint32_t>>{{7, 8}});
    CHECK(build(1) == wire::Violation::BadArgument);
    CHECK(build(3) == wire::Violation::BadArgument);
}

TEST_CASE("a guest learns the device's time and not the host's") {
    RayGuest guest;
    const auto ask = [&](VkTimeDomainEXT domain) {
        const VkCalibratedTimestampInfoEXT infos[] = {
            {VK_STRUCTURE_TYPE_CALIBRATED_TIMESTAMP_INFO_EXT, nullptr, VK_TIME_DOMAIN_DEVICE_EXT},
            {VK_STRUCTURE_TYPE_CALIBRATED_TIMESTAMP_INFO_EXT, nullptr, domain}};
        std::uint64_t times[2] = {}, deviation = 0;
        return guest.run(wire::Args_vkGetCalibratedTimestampsEXT{.device = guest.device,
                                                                 .timestampCount = 2,
                                                                 .pTimestampInfos = infos,
                                                                 .pTimestamps = times,
                                                                 .pMaxDeviation = &deviation});
    };
    CHECK(ask(VK_TIME_DOMAIN_DEVICE_EXT) == wire::Violation::None);
    for (const VkTimeDomainEXT hosts :
         {VK_TIME_DOMAIN_CLOCK_MONOTONIC_EXT, VK_TIME_DOMAIN_CLOCK_MONOTONIC_RAW_EXT})
        CHECK(ask(hosts) == wire::Violation::BadArgument);
    CHECK(given.timestamps == 1);
}

TEST_CASE("a command of ray tracing that the driver lacks ends the context") {
    RayGuest guest;
    dynamic_cast<Replay&>(*guest.sink).state().vk = {};
    CHECK(guest.make_pipeline(make_id(20, 1), {group(kGeneral, 0)}) ==
          wire::Violation::BadArgument);
    CHECK(given.pipelines == 0);
}
