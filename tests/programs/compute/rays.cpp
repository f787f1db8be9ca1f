// Two triangles that rays meet: by queries in a compute shader, and by a pipeline of ray tracing.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "common/kernel.h"
#include "compute/parts.h"
#include "meet_instance.h"
#include "miss_all.h"
#include "query_rays.h"
#include "send_rays.h"

namespace vgpu::programs {

namespace {

constexpr std::uint32_t kAcross = 16;
constexpr std::uint32_t kRays = kAcross * kAcross;
constexpr VkBufferUsageFlags kAddressed = VK_BUFFER_USAGE_SHADER_DEVICE_ADDRESS_BIT;

VkDeviceAddress address_of(const Gpu& gpu, VkBuffer buffer) {
    VkBufferDeviceAddressInfo info{VK_STRUCTURE_TYPE_BUFFER_DEVICE_ADDRESS_INFO};
    info.buffer = buffer;
    return vkGetBufferDeviceAddress(gpu.device(), &info);
}

// The functions that no loader exports.
struct Rays {
    explicit Rays(const Gpu& gpu)
        : build_sizes(gpu.load<PFN_vkGetAccelerationStructureBuildSizesKHR>(
              "vkGetAccelerationStructureBuildSizesKHR")),
          create(
              gpu.load<PFN_vkCreateAccelerationStructureKHR>("vkCreateAccelerationStructureKHR")),
          destroy(
              gpu.load<PFN_vkDestroyAccelerationStructureKHR>("vkDestroyAccelerationStructureKHR")),
          address(gpu.load<PFN_vkGetAccelerationStructureDeviceAddressKHR>(
              "vkGetAccelerationStructureDeviceAddressKHR")),
          build(gpu.load<PFN_vkCmdBuildAccelerationStructuresKHR>(
              "vkCmdBuildAccelerationStructuresKHR")) {}

    PFN_vkGetAccelerationStructureBuildSizesKHR build_sizes;
    PFN_vkCreateAccelerationStructureKHR create;
    PFN_vkDestroyAccelerationStructureKHR destroy;
    PFN_vkGetAccelerationStructureDeviceAddressKHR address;
    PFN_vkCmdBuildAccelerationStructuresKHR build;
};

// One acceleration structure, built on the device of one geometry.
class Accelerated {
  public:
    Accelerated(const Gpu& gpu, const Rays& rays, VkAccelerationStructureTypeKHR type,
                const VkAccelerationStructureGeometryKHR& geometry, std::uint32_t primitives,
                bool behind_pointers)
        : device_(gpu.device()), rays_(rays) {
        const VkAccelerationStructureGeometryKHR* const pointer = &geometry;
        VkAccelerationStructureBuildGeometryInfoKHR info{
            VK_STRUCTURE_TYPE_ACCELERATION_STRUCTURE_BUILD_GEOMETRY_INFO_KHR};
        info.type = type;
        info.geometryCount = 1;
        if (behind_pointers)
            info.ppGeometries = &pointer;
        else
            info.pGeometries = &geometry;
        VkAccelerationStructureBuildSizesInfoKHR sizes{
            VK_STRUCTURE_TYPE_ACCELERATION_STRUCTURE_BUILD_SIZES_INFO_KHR};
        rays.build_sizes(device_, VK_ACCELERATION_STRUCTURE_BUILD_TYPE_DEVICE_KHR, &info,
                         &primitives, &sizes);
        memory_ = BoundBuffer(gpu, sizes.accelerationStructureSize,
                              VK_BUFFER_USAGE_ACCELERATION_STRUCTURE_STORAGE_BIT_KHR | kAddressed,
                              Placement::kDevice);
        VkAccelerationStructureCreateInfoKHR made{
            VK_STRUCTURE_TYPE_ACCELERATION_STRUCTURE_CREATE_INFO_KHR};
        made.buffer = memory_;
        made.size = sizes.accelerationStructureSize;
        made.type = type;
        check(rays.create(device_, &made, nullptr, &handle_));
        const BoundBuffer scratch(gpu, std::max<VkDeviceSize>(sizes.buildScratchSize, 256) + 256,
                                  VK_BUFFER_USAGE_STORAGE_BUFFER_BIT | kAddressed,
                                  Placement::kDevice);
        info.dstAccelerationStructure = handle_;
        info.scratchData.deviceAddress = (address_of(gpu, scratch) + 255) & ~VkDeviceAddress{255};
        const VkAccelerationStructureBuildRangeInfoKHR range{primitives, 0, 0, 0};
        const VkAccelerationStructureBuildRangeInfoKHR* const ranges = &range;
        run_once(gpu, [&](VkCommandBuffer commands) { rays.build(commands, 1, &info, &ranges); });
    }
    Accelerated(const Accelerated&) = delete;
    Accelerated& operator=(const Accelerated&) = delete;
    ~Accelerated() { rays_.destroy(device_, handle_, nullptr); }

    const VkAccelerationStructureKHR* handle() const { return &handle_; }
    VkDeviceAddress address() const {
        VkAccelerationStructureDeviceAddressInfoKHR info{
            VK_STRUCTURE_TYPE_ACCELERATION_STRUCTURE_DEVICE_ADDRESS_INFO_KHR};
        info.accelerationStructure = handle_;
        return rays_.address(device_, &info);
    }

  private:
    VkDevice device_;
    const Rays& rays_;
    BoundBuffer memory_;
    VkAccelerationStructureKHR handle_ = VK_NULL_HANDLE;
};

BoundBuffer input(const Gpu& gpu, std::span<const std::byte> octets) {
    BoundBuffer buffer(
        gpu, octets.size(),
        VK_BUFFER_USAGE_ACCELERATION_STRUCTURE_BUILD_INPUT_READ_ONLY_BIT_KHR | kAddressed,
        Placement::kUpload);
    buffer.write(octets);
    return buffer;
}

VkAccelerationStructureGeometryKHR triangle_geometry(VkDeviceAddress vertices) {
    VkAccelerationStructureGeometryKHR geometry{
        VK_STRUCTURE_TYPE_ACCELERATION_STRUCTURE_GEOMETRY_KHR};
    geometry.geometryType = VK_GEOMETRY_TYPE_TRIANGLES_KHR;
    geometry.flags = VK_GEOMETRY_OPAQUE_BIT_KHR;
    auto& triangles = geometry.geometry.triangles;
    triangles = {VK_STRUCTURE_TYPE_ACCELERATION_STRUCTURE_GEOMETRY_TRIANGLES_DATA_KHR};
    triangles.vertexFormat = VK_FORMAT_R32G32B32_SFLOAT;
    triangles.vertexData.deviceAddress = vertices;
    triangles.vertexStride = 12;
    triangles.maxVertex = 2;
    triangles.indexType = VK_INDEX_TYPE_NONE_KHR;
    return geometry;
}

VkAccelerationStructureGeometryKHR instance_geometry(VkDeviceAddress instances) {
    VkAccelerationStructureGeometryKHR geometry{
        VK_STRUCTURE_TYPE_ACCELERATION_STRUCTURE_GEOMETRY_KHR};
    geometry.geometryType = VK_GEOMETRY_TYPE_INSTANCES_KHR;
    geometry.geometry.instances = {
        VK_STRUCTURE_TYPE_ACCELERATION_STRUCTURE_GEOMETRY_INSTANCES_DATA_KHR};
    geometry.geometry.instances.data.deviceAddress = instances;
    return geometry;
}

// The set that both ways use: the scene, and where the results go.
class SceneSet {
  public:
    SceneSet(const Gpu& gpu, const Accelerated& scene, VkBuffer results)
        : layout_(make_set_layout(gpu, kTypes,
                                  VK_SHADER_STAGE_COMPUTE_BIT | VK_SHADER_STAGE_RAYGEN_BIT_KHR)),
          pipeline_layout_(make_layout(gpu, {layout_.address(), 1})),
          pool_(make_descriptor_pool(gpu, kTypes, 1)),
          set_(allocate_set(gpu, pool_, layout_)) {
        VkWriteDescriptorSetAccelerationStructureKHR structures{
            VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET_ACCELERATION_STRUCTURE_KHR};
        structures.accelerationStructureCount = 1;
        structures.pAccelerationStructures = scene.handle();
        VkWriteDescriptorSet write{VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET};
        write.pNext = &structures;
        write.dstSet = set_;
        write.descriptorCount = 1;
        write.descriptorType = VK_DESCRIPTOR_TYPE_ACCELERATION_STRUCTURE_KHR;
        vkUpdateDescriptorSets(gpu.device(), 1, &write, 0, nullptr);
        write_buffer(gpu, set_, 1, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, results);
    }
    VkPipelineLayout layout() const { return pipeline_layout_; }
    void bind(VkCommandBuffer commands, VkPipelineBindPoint point) const {
        vkCmdBindDescriptorSets(commands, point, pipeline_layout_, 0, 1, &set_, 0, nullptr);
    }

  private:
    static constexpr VkDescriptorType kTypes[] = {VK_DESCRIPTOR_TYPE_ACCELERATION_STRUCTURE_KHR,
                                                  VK_DESCRIPTOR_TYPE_STORAGE_BUFFER};
    DescriptorSetLayout layout_;
    PipelineLayout pipeline_layout_;
    DescriptorPool pool_;
    VkDescriptorSet set_;
};

void report_rays(const Stage& stage, const std::string& name, const BoundBuffer& results) {
    const auto met = results.as<std::uint32_t>();
    std::uint32_t first = 0, second = 0, strange = 0, sum = 0;
    for (std::uint32_t i = 0; i < kRays; ++i) {
        first += met[i] == 1 + 5;
        second += met[i] == 1 + 9;
        strange += met[i] != 0 && met[i] != 1 + 5 && met[i] != 1 + 9;
        sum = sum * 31 + met[i];
    }
    stage.report.value(name, sum);
    stage.report.check(first > 10 && second > 10, "Rays meet both triangles.");
    stage.report.check(first + second < kRays, "Some rays meet nothing.");
    stage.report.check(strange == 0, "Rays meet nothing else.");
}

void query_them(const Stage& stage, const SceneSet& set, const BoundBuffer& results) {
    const ComputePipeline pipeline = make_compute_pipeline(stage.gpu, query_rays, set.layout());
    run_once(stage.gpu, [&](VkCommandBuffer commands) {
        vkCmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_COMPUTE, pipeline);
        set.bind(commands, VK_PIPELINE_BIND_POINT_COMPUTE);
        vkCmdDispatch(commands, kAcross / 8, kAcross / 8, 1);
        memory_barrier(commands, kComputeStorage, kHostRead);
    });
    report_rays(stage, "ray_queries", results);
}

VkPipeline make_ray_pipeline(const Gpu& gpu, VkPipelineLayout layout) {
    const ShaderModule modules[] = {make_shader(gpu, send_rays), make_shader(gpu, miss_all),
                                    make_shader(gpu, meet_instance)};
    const VkShaderStageFlagBits kinds[] = {VK_SHADER_STAGE_RAYGEN_BIT_KHR,
                                           VK_SHADER_STAGE_MISS_BIT_KHR,
                                           VK_SHADER_STAGE_CLOSEST_HIT_BIT_KHR};
    VkPipelineShaderStageCreateInfo stages[3]{};
    VkRayTracingShaderGroupCreateInfoKHR groups[3]{};
    for (std::uint32_t i = 0; i < 3; ++i) {
        stages[i].sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO;
        stages[i].stage = kinds[i];
        stages[i].module = modules[i];
        stages[i].pName = "main";
        groups[i] = {VK_STRUCTURE_TYPE_RAY_TRACING_SHADER_GROUP_CREATE_INFO_KHR};
        groups[i].generalShader = i < 2 ? i : VK_SHADER_UNUSED_KHR;
        groups[i].closestHitShader = i < 2 ? VK_SHADER_UNUSED_KHR : i;
        groups[i].anyHitShader = groups[i].intersectionShader = VK_SHADER_UNUSED_KHR;
        groups[i].type = i < 2 ? VK_RAY_TRACING_SHADER_GROUP_TYPE_GENERAL_KHR
                               : VK_RAY_TRACING_SHADER_GROUP_TYPE_TRIANGLES_HIT_GROUP_KHR;
    }
    VkRayTracingPipelineCreateInfoKHR info{VK_STRUCTURE_TYPE_RAY_TRACING_PIPELINE_CREATE_INFO_KHR};
    info.stageCount = info.groupCount = 3;
    info.pStages = stages;
    info.pGroups = groups;
    info.maxPipelineRayRecursionDepth = 1;
    info.layout = layout;
    VkPipeline pipeline = VK_NULL_HANDLE;
    const auto create =
        gpu.load<PFN_vkCreateRayTracingPipelinesKHR>("vkCreateRayTracingPipelinesKHR");
    check(create(gpu.device(), VK_NULL_HANDLE, VK_NULL_HANDLE, 1, &info, nullptr, &pipeline));
    return pipeline;
}

VkPhysicalDeviceRayTracingPipelinePropertiesKHR ray_limits(const Gpu& gpu) {
    VkPhysicalDeviceRayTracingPipelinePropertiesKHR limits{
        VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_RAY_TRACING_PIPELINE_PROPERTIES_KHR};
    VkPhysicalDeviceProperties2 properties{
        VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2, &limits, {}};
    vkGetPhysicalDeviceProperties2(gpu.physical(), &properties);
    limits.pNext = nullptr;
    return limits;
}

void trace_them(const Stage& stage, const SceneSet& set, const BoundBuffer& results) {
    const Gpu& gpu = stage.gpu;
    const VkPipeline pipeline = make_ray_pipeline(gpu, set.layout());
    const auto limits = ray_limits(gpu);
    const std::uint32_t bytes = limits.shaderGroupHandleSize;
    const std::uint32_t stride = std::max(limits.shaderGroupBaseAlignment, bytes);
    std::vector<std::byte> handles(3 * bytes);
    const auto get =
        gpu.load<PFN_vkGetRayTracingShaderGroupHandlesKHR>("vkGetRayTracingShaderGroupHandlesKHR");
    check(get(gpu.device(), pipeline, 0, 3, handles.size(), handles.data()));
    const BoundBuffer table(gpu, 4 * stride,
                            VK_BUFFER_USAGE_SHADER_BINDING_TABLE_BIT_KHR | kAddressed,
                            Placement::kUpload);
    const VkDeviceAddress base = (address_of(gpu, table) + stride - 1) / stride * stride;
    const std::size_t begin = base - address_of(gpu, table);
    VkStridedDeviceAddressRegionKHR regions[4]{};
    for (std::uint32_t i = 0; i < 3; ++i) {
        table.write(std::span(handles).subspan(i * bytes, bytes), begin + i * stride);
        regions[i] = {base + i * stride, stride, stride};
    }
    std::fill(results.mapped().begin(), results.mapped().end(), std::byte{0xee});
    const auto trace = gpu.load<PFN_vkCmdTraceRaysKHR>("vkCmdTraceRaysKHR");
    run_once(gpu, [&](VkCommandBuffer commands) {
        vkCmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_RAY_TRACING_KHR, pipeline);
        set.bind(commands, VK_PIPELINE_BIND_POINT_RAY_TRACING_KHR);
        trace(commands, &regions[0], &regions[1], &regions[2], &regions[3], kAcross, kAcross, 1);
        const Use traced{VK_PIPELINE_STAGE_RAY_TRACING_SHADER_BIT_KHR, VK_ACCESS_SHADER_WRITE_BIT};
        memory_barrier(commands, traced, kHostRead);
    });
    report_rays(stage, "ray_pipeline", results);
    vkDestroyPipeline(gpu.device(), pipeline, nullptr);
}

}  // namespace

void rays(const Stage& stage) {
    const Gpu& gpu = stage.gpu;
    if (!gpu.traces_rays() || !gpu.features().v12.bufferDeviceAddress) {
        stage.report.not_offered("rays");
        return;
    }
    const Rays functions(gpu);
    const float corners[] = {-0.9f, -0.9f, 0.0f, 0.9f, -0.9f, 0.0f, 0.0f, 0.9f, 0.0f};
    const BoundBuffer vertices = input(gpu, std::as_bytes(std::span(corners)));
    const Accelerated triangle(gpu, functions, VK_ACCELERATION_STRUCTURE_TYPE_BOTTOM_LEVEL_KHR,
                               triangle_geometry(address_of(gpu, vertices)), 1, false);
    VkAccelerationStructureInstanceKHR instances[2]{};
    for (std::uint32_t i = 0; i < 2; ++i) {
        auto& matrix = instances[i].transform.matrix;
        matrix[0][0] = matrix[1][1] = matrix[2][2] = 1.0f;
        matrix[0][3] = i == 0 ? -1.0f : 1.0f;
        instances[i].instanceCustomIndex = i == 0 ? 5 : 9;
        instances[i].mask = 0xff;
        instances[i].flags = VK_GEOMETRY_INSTANCE_TRIANGLE_FACING_CULL_DISABLE_BIT_KHR;
        instances[i].accelerationStructureReference = triangle.address();
    }
    const BoundBuffer placed = input(gpu, std::as_bytes(std::span(instances)));
    const Accelerated scene(gpu, functions, VK_ACCELERATION_STRUCTURE_TYPE_TOP_LEVEL_KHR,
                            instance_geometry(address_of(gpu, placed)), 2, true);
    const BoundBuffer results = mapped_storage(gpu, kRays);
    const SceneSet set(gpu, scene, results);
    query_them(stage, set, results);
    if (gpu.enables(VK_KHR_RAY_TRACING_PIPELINE_EXTENSION_NAME))
        trace_them(stage, set, results);
    else
        stage.report.not_offered("ray_pipeline");
}

}  // namespace vgpu::programs
