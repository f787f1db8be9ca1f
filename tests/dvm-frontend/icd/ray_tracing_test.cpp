// Tests builds, deferred operations, clocks and faults: what the guest makes of them.
#include <ctime>
#include <string>
#include <vector>

#include "objects.h"
#include "tests/catch.h"

namespace vgpu::icd::test {

namespace {

VkAccelerationStructureGeometryKHR triangles(std::uint32_t most, const void* next = nullptr) {
    VkAccelerationStructureGeometryKHR geometry{
        .sType = VK_STRUCTURE_TYPE_ACCELERATION_STRUCTURE_GEOMETRY_KHR,
        .geometryType = VK_GEOMETRY_TYPE_TRIANGLES_KHR};
    geometry.geometry.triangles = {
        .sType = VK_STRUCTURE_TYPE_ACCELERATION_STRUCTURE_GEOMETRY_TRIANGLES_DATA_KHR,
        .pNext = next,
        .vertexFormat = VK_FORMAT_R32G32B32_SFLOAT,
        .maxVertex = most,
        .indexType = VK_INDEX_TYPE_NONE_KHR};
    geometry.geometry.triangles.vertexData.deviceAddress = 0xabc0 + most;
    return geometry;
}

// What the host saw of the builds.
struct Seen {
    std::vector<std::vector<std::uint32_t>> most;  // maxVertex, by build
    std::vector<std::uint64_t> addresses;
    std::vector<std::uint32_t> usages;
    std::vector<std::uint32_t> ranges;
};

void look(const VkAccelerationStructureBuildGeometryInfoKHR& info, Seen& seen) {
    std::vector<std::uint32_t>& most = seen.most.emplace_back();
    for (std::uint32_t i = 0; i < info.geometryCount; ++i) {
        const auto& data = info.pGeometries[i].geometry.triangles;
        most.push_back(data.maxVertex);
        seen.addresses.push_back(data.vertexData.deviceAddress);
        const auto* opacity =
            static_cast<const VkAccelerationStructureTrianglesOpacityMicromapEXT*>(data.pNext);
        for (std::uint32_t k = 0; opacity && k < opacity->usageCountsCount; ++k)
            seen.usages.push_back(opacity->pUsageCounts[k].count);
    }
}

}  // namespace

TEST_CASE("geometries cross whether they lie in one array or behind pointers") {
    FakeDevice gpu;
    Seen seen;
    gpu.host.on_post<wire::Args_vgpuCmdBuildAccelerationStructures>([&](const auto& args) {
        for (std::uint32_t i = 0; i < args.infoCount; ++i) look(args.pInfos[i], seen);
        for (std::uint32_t i = 0; i < args.rangeCount; ++i)
            seen.ranges.push_back(args.pRanges[i].primitiveCount);
    });
    const VkAccelerationStructureGeometryKHR together[] = {triangles(1), triangles(2)};
    const VkAccelerationStructureGeometryKHR apart = triangles(3), farther = triangles(4);
    const VkAccelerationStructureGeometryKHR* const pointers[] = {&farther, &apart};
    VkAccelerationStructureBuildGeometryInfoKHR infos[2]{};
    for (auto& info : infos) {
        info.sType = VK_STRUCTURE_TYPE_ACCELERATION_STRUCTURE_BUILD_GEOMETRY_INFO_KHR;
        info.geometryCount = 2;
    }
    infos[0].pGeometries = together;
    infos[1].ppGeometries = pointers;
    const VkAccelerationStructureBuildRangeInfoKHR first[] = {{10}, {20}}, second[] = {{30}, {40}};
    const VkAccelerationStructureBuildRangeInfoKHR* const ranges[] = {first, second};
    OwnCommandPool pool(gpu.device);
    const VkCommandBuffer buffer = pool.allocate();
    begin(buffer);
    entry_vkCmdBuildAccelerationStructuresKHR(buffer, 2, infos, ranges);
    entry_vkEndCommandBuffer(buffer);
    context_of(gpu.device).publish_all();
    CHECK(seen.most == std::vector<std::vector<std::uint32_t>>{{1, 2}, {4, 3}});
    CHECK(seen.addresses == std::vector<std::uint64_t>{0xabc1, 0xabc2, 0xabc4, 0xabc3});
    CHECK(seen.ranges == std::vector<std::uint32_t>{10, 20, 30, 40});
}

TEST_CASE("an indirect build's most primitives cross in one array") {
    FakeDevice gpu;
    std::vector<std::uint32_t> most;
    gpu.host.on_post<wire::Args_vgpuCmdBuildAccelerationStructuresIndirect>([&](const auto& args) {
        CHECK(args.pIndirectDeviceAddresses[0] == 0x500);
        CHECK(args.pIndirectStrides[0] == 24);
        most.assign(args.pMaxCounts, args.pMaxCounts + args.maxCountCount);
    });
    const VkAccelerationStructureGeometryKHR together[] = {triangles(1), triangles(2)};
    const VkAccelerationStructureBuildGeometryInfoKHR info{
        .sType = VK_STRUCTURE_TYPE_ACCELERATION_STRUCTURE_BUILD_GEOMETRY_INFO_KHR,
        .geometryCount = 2,
        .pGeometries = together};
    const VkDeviceAddress address = 0x500;
    const std::uint32_t stride = 24, counts[] = {5, 6};
    const std::uint32_t* const pointers[] = {counts};
    OwnCommandPool pool(gpu.device);
    const VkCommandBuffer buffer = pool.allocate();
    begin(buffer);
    entry_vkCmdBuildAccelerationStructuresIndirectKHR(buffer, 1, &info, &address, &stride,
                                                      pointers);
    entry_vkEndCommandBuffer(buffer);
    context_of(gpu.device).publish_all();
    CHECK(most == std::vector<std::uint32_t>{5, 6});
}

TEST_CASE("usages of micromaps behind pointers cross in one array") {
    FakeDevice gpu;
    Seen seen;
    gpu.host.on<wire::Args_vkGetAccelerationStructureBuildSizesKHR,
                wire::Reply_vkGetAccelerationStructureBuildSizesKHR>(
        [&](const auto& args, auto& reply) {
            look(*args.pBuildInfo, seen);
            args.pSizeInfo->accelerationStructureSize = 4096;
            reply.pSizeInfo = args.pSizeInfo;
        });
    const VkMicromapUsageEXT one{.count = 11}, other{.count = 12};
    const VkMicromapUsageEXT* const usages[] = {&other, &one};
    const VkAccelerationStructureTrianglesOpacityMicromapEXT opacity{
        .sType = VK_STRUCTURE_TYPE_ACCELERATION_STRUCTURE_TRIANGLES_OPACITY_MICROMAP_EXT,
        .indexType = VK_INDEX_TYPE_NONE_KHR,
        .usageCountsCount = 2,
        .ppUsageCounts = usages};
    const VkAccelerationStructureGeometryKHR geometry = triangles(1, &opacity);
    const VkAccelerationStructureBuildGeometryInfoKHR info{
        .sType = VK_STRUCTURE_TYPE_ACCELERATION_STRUCTURE_BUILD_GEOMETRY_INFO_KHR,
        .geometryCount = 1,
        .pGeometries = &geometry};
    const std::uint32_t most = 3;
    VkAccelerationStructureBuildSizesInfoKHR sizes{
        VK_STRUCTURE_TYPE_ACCELERATION_STRUCTURE_BUILD_SIZES_INFO_KHR};
    entry_vkGetAccelerationStructureBuildSizesKHR(
        gpu.device, VK_ACCELERATION_STRUCTURE_BUILD_TYPE_DEVICE_KHR, &info, &most, &sizes);
    CHECK(sizes.accelerationStructureSize == 4096);
    CHECK(seen.usages == std::vector<std::uint32_t>{12, 11});
}

TEST_CASE("a deferred operation is done when it begins") {
    FakeDevice gpu;
    VkDeferredOperationKHR operation = VK_NULL_HANDLE;
    REQUIRE(entry_vkCreateDeferredOperationKHR(gpu.device, nullptr, &operation) == VK_SUCCESS);
    VkRayTracingPipelineCreateInfoKHR info{
        .sType = VK_STRUCTURE_TYPE_RAY_TRACING_PIPELINE_CREATE_INFO_KHR,
        .layout = handle_of<VkPipelineLayout>(wire::make_id(900, 1))};
    VkPipeline pipeline = VK_NULL_HANDLE;
    CHECK(entry_vkCreateRayTracingPipelinesKHR(gpu.device, operation, VK_NULL_HANDLE, 1, &info,
                                               nullptr,
                                               &pipeline) == VK_OPERATION_NOT_DEFERRED_KHR);
    CHECK(pipeline != VK_NULL_HANDLE);
    CHECK(entry_vkGetDeferredOperationMaxConcurrencyKHR(gpu.device, operation) > 0);
    CHECK(entry_vkDeferredOperationJoinKHR(gpu.device, operation) == VK_SUCCESS);
    CHECK(entry_vkGetDeferredOperationResultKHR(gpu.device, operation) == VK_SUCCESS);
    context_of(gpu.device).publish_all();
    CHECK(gpu.host.count(wire::Command::vkCreateRayTracingPipelinesKHR) == 1);
    entry_vkDestroyDeferredOperationKHR(gpu.device, operation, nullptr);
    entry_vkDestroyDeferredOperationKHR(gpu.device, VK_NULL_HANDLE, nullptr);
}

TEST_CASE("what only the application's memory could serve is absent") {
    FakeDevice gpu;
    const VkCopyAccelerationStructureInfoKHR copy{
        VK_STRUCTURE_TYPE_COPY_ACCELERATION_STRUCTURE_INFO_KHR};
    CHECK(entry_vkCopyAccelerationStructureKHR(gpu.device, VK_NULL_HANDLE, &copy) ==
          VK_ERROR_FEATURE_NOT_PRESENT);
    CHECK(entry_vkBuildAccelerationStructuresKHR(gpu.device, VK_NULL_HANDLE, 0, nullptr, nullptr) ==
          VK_ERROR_FEATURE_NOT_PRESENT);
}

TEST_CASE("the guest's clocks are its own, and the deviation covers the way to the host") {
    FakeDevice gpu;
    gpu.host.on<wire::Args_vkGetCalibratedTimestampsEXT, wire::Reply_vkGetCalibratedTimestampsEXT>(
        [](const auto& args, auto& reply) {
            CHECK(args.timestampCount == 1);
            CHECK(args.pTimestampInfos[0].timeDomain == VK_TIME_DOMAIN_DEVICE_EXT);
            const timespec pause{0, 2'000'000};
            ::nanosleep(&pause, nullptr);
            args.pTimestamps[0] = 777;
            *args.pMaxDeviation = 1000;
            reply.pTimestamps = args.pTimestamps;
            reply.pTimestamps_count = 1;
            reply.pMaxDeviation = args.pMaxDeviation;
        });
    const auto info = [](VkTimeDomainEXT domain) {
        return VkCalibratedTimestampInfoEXT{VK_STRUCTURE_TYPE_CALIBRATED_TIMESTAMP_INFO_EXT,
                                            nullptr, domain};
    };
    const VkCalibratedTimestampInfoEXT infos[] = {info(VK_TIME_DOMAIN_CLOCK_MONOTONIC_EXT),
                                                  info(VK_TIME_DOMAIN_DEVICE_EXT),
                                                  info(VK_TIME_DOMAIN_CLOCK_MONOTONIC_RAW_EXT)};
    timespec before{}, after{};
    std::uint64_t times[3] = {}, deviation = 0;
    ::clock_gettime(CLOCK_MONOTONIC, &before);
    REQUIRE(entry_vkGetCalibratedTimestampsEXT(gpu.device, 3, infos, times, &deviation) ==
            VK_SUCCESS);
    ::clock_gettime(CLOCK_MONOTONIC, &after);
    const auto nanoseconds = [](const timespec& t) {
        return static_cast<std::uint64_t>(t.tv_sec) * 1'000'000'000 +
               static_cast<std::uint64_t>(t.tv_nsec);
    };
    CHECK(times[0] > nanoseconds(before));
    CHECK(times[0] < nanoseconds(after));
    CHECK(times[1] == 777);
    CHECK(deviation >= 2'000'000 + 1000);
    CHECK(deviation <= nanoseconds(after) - nanoseconds(before) + 100'000);
}

TEST_CASE("without a question for the device's clock the host is not asked") {
    FakeDevice gpu;
    const VkCalibratedTimestampInfoEXT info{VK_STRUCTURE_TYPE_CALIBRATED_TIMESTAMP_INFO_EXT,
                                            nullptr, VK_TIME_DOMAIN_CLOCK_MONOTONIC_EXT};
    std::uint64_t time = 0, deviation = 0;
    CHECK(entry_vkGetCalibratedTimestampsEXT(gpu.device, 1, &info, &time, &deviation) ==
          VK_SUCCESS);
    CHECK(time != 0);
    CHECK(gpu.host.count(wire::Command::vkGetCalibratedTimestampsEXT) == 0);
}

TEST_CASE("the clocks are the guest's, and the device's where the host can read it") {
    FakeDevice gpu;
    std::uint32_t count = 0;
    CHECK(entry_vkGetPhysicalDeviceCalibrateableTimeDomainsEXT(gpu.gpu, &count, nullptr) ==
          VK_SUCCESS);
    CHECK(count == 2);
    gpu.host.on<wire::Args_vkGetPhysicalDeviceCalibrateableTimeDomainsEXT,
                wire::Reply_vkGetPhysicalDeviceCalibrateableTimeDomainsEXT>(
        [](const auto& args, auto& reply) {
            args.pTimeDomains[0] = VK_TIME_DOMAIN_CLOCK_MONOTONIC_EXT;
            args.pTimeDomains[1] = VK_TIME_DOMAIN_DEVICE_EXT;
            reply.pTimeDomainCount = 2;
            reply.pTimeDomains = args.pTimeDomains;
            reply.pTimeDomains_count = 2;
        });
    VkTimeDomainEXT domains[4] = {};
    count = 4;
    CHECK(entry_vkGetPhysicalDeviceCalibrateableTimeDomainsEXT(gpu.gpu, &count, domains) ==
          VK_SUCCESS);
    REQUIRE(count == 3);
    CHECK(domains[2] == VK_TIME_DOMAIN_DEVICE_EXT);
}

TEST_CASE("a lost device's fault is told without the host") {
    FakeDevice gpu;
    context_of(gpu.device).mark_lost();
    VkDeviceFaultCountsEXT counts{VK_STRUCTURE_TYPE_DEVICE_FAULT_COUNTS_EXT, nullptr, 5, 5, 5};
    VkDeviceFaultInfoEXT info{VK_STRUCTURE_TYPE_DEVICE_FAULT_INFO_EXT};
    CHECK(entry_vkGetDeviceFaultInfoEXT(gpu.device, &counts, &info) == VK_SUCCESS);
    CHECK(counts.addressInfoCount + counts.vendorInfoCount + counts.vendorBinarySize == 0);
    CHECK(std::string(info.description).find("lost") != std::string::npos);
}

#ifdef VK_EXT_shader_object

TEST_CASE("shaders are posted, and a binary is incompatible with every driver") {
    FakeDevice gpu;
    const std::uint32_t code[] = {0x07230203, 0x10000, 0, 1, 0};
    VkShaderCreateInfoEXT infos[2]{};
    for (VkShaderCreateInfoEXT& info : infos) {
        info.sType = VK_STRUCTURE_TYPE_SHADER_CREATE_INFO_EXT;
        info.stage = VK_SHADER_STAGE_COMPUTE_BIT;
        info.codeType = VK_SHADER_CODE_TYPE_SPIRV_EXT;
        info.codeSize = sizeof(code);
        info.pCode = code;
        info.pName = "main";
    }
    VkShaderEXT shaders[2] = {};
    CHECK(entry_vkCreateShadersEXT(gpu.device, 2, infos, nullptr, shaders) == VK_SUCCESS);
    CHECK((shaders[0] != VK_NULL_HANDLE && shaders[1] != VK_NULL_HANDLE));
    std::size_t bytes = 0;
    REQUIRE(entry_vkGetShaderBinaryDataEXT(gpu.device, shaders[0], &bytes, nullptr) == VK_SUCCESS);
    std::vector<std::uint8_t> binary(bytes);
    REQUIRE(entry_vkGetShaderBinaryDataEXT(gpu.device, shaders[0], &bytes, binary.data()) ==
            VK_SUCCESS);
    infos[1].codeType = VK_SHADER_CODE_TYPE_BINARY_EXT;
    infos[1].codeSize = binary.size();
    infos[1].pCode = binary.data();
    CHECK(entry_vkCreateShadersEXT(gpu.device, 2, infos, nullptr, shaders) ==
          VK_INCOMPATIBLE_SHADER_BINARY_EXT);
    CHECK((shaders[0] == VK_NULL_HANDLE && shaders[1] == VK_NULL_HANDLE));
    context_of(gpu.device).publish_all();
    CHECK(gpu.host.count(wire::Command::vkCreateShadersEXT) == 1);
}

#endif

}  // namespace vgpu::icd::test
