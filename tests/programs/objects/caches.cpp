// Pipeline caches whose data goes out and comes in again, and private data.
#include <cstdint>
#include <cstring>

#include "common/handles.h"
#include "common/pipelines.h"
#include "inline_block.h"
#include "objects/parts.h"

namespace vgpu::programs {

namespace {

PipelineCache make_cache(const Gpu& gpu, std::span<const std::byte> data) {
    VkPipelineCacheCreateInfo info{VK_STRUCTURE_TYPE_PIPELINE_CACHE_CREATE_INFO};
    info.initialDataSize = data.size();
    info.pInitialData = data.data();
    return PipelineCache(gpu.device(), info);
}

void compile_into(const Gpu& gpu, VkPipelineCache cache) {
    const VkDescriptorType types[] = {VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER,
                                      VK_DESCRIPTOR_TYPE_STORAGE_BUFFER};
    const DescriptorSetLayout set = make_set_layout(gpu, types, VK_SHADER_STAGE_COMPUTE_BIT);
    const PipelineLayout layout = make_layout(gpu, std::span(set.address(), 1));
    const ComputePipeline pipeline =
        make_compute_pipeline(gpu, inline_block, layout, nullptr, cache);
}

std::vector<std::byte> data_of(const Gpu& gpu, VkPipelineCache cache) {
    std::size_t size = 0;
    check(vkGetPipelineCacheData(gpu.device(), cache, &size, nullptr));
    std::vector<std::byte> data(size);
    check(vkGetPipelineCacheData(gpu.device(), cache, &size, data.data()));
    data.resize(size);
    return data;
}

bool has_right_header(const Gpu& gpu, std::span<const std::byte> data) {
    VkPipelineCacheHeaderVersionOne header;
    if (data.size() < sizeof header) return false;
    std::memcpy(&header, data.data(), sizeof header);
    const VkPhysicalDeviceProperties& properties = gpu.properties();
    return header.headerSize == 32 &&
           header.headerVersion == VK_PIPELINE_CACHE_HEADER_VERSION_ONE &&
           header.vendorID == properties.vendorID && header.deviceID == properties.deviceID &&
           std::memcmp(header.pipelineCacheUUID, properties.pipelineCacheUUID, VK_UUID_SIZE) == 0;
}

void round_trip(const Stage& stage) {
    const Gpu& gpu = stage.gpu;
    const PipelineCache first = make_cache(gpu, {});
    compile_into(gpu, first);
    std::vector<std::byte> data = data_of(gpu, first);
    stage.report.check(has_right_header(gpu, data), "The cache's data begins with its header.");

    const PipelineCache second = make_cache(gpu, data), merged = make_cache(gpu, {});
    compile_into(gpu, second);
    const VkPipelineCache both[] = {first, second};
    check(vkMergePipelineCaches(gpu.device(), merged, 2, both));
    compile_into(gpu, merged);
    stage.report.check(has_right_header(gpu, data_of(gpu, merged)),
                       "A merged cache's data begins with its header.");

    // What another device would have written is not an error, only of no use.
    data[20] ^= std::byte{0xff};
    const PipelineCache foreign = make_cache(gpu, data);
    compile_into(gpu, foreign);

    std::size_t small = 16;
    std::vector<std::byte> room(small);
    stage.report.check(
        vkGetPipelineCacheData(gpu.device(), first, &small, room.data()) == VK_INCOMPLETE &&
            small == 0,
        "Where not even the header has room nothing is written.");
    stage.report.value("pipeline_cache", "kept");
}

void private_data(const Stage& stage) {
    const Gpu& gpu = stage.gpu;
    if (!gpu.features().v13.privateData) {
        stage.report.not_offered("private_data");
        return;
    }
    const PrivateDataSlot slot(gpu.device(), {VK_STRUCTURE_TYPE_PRIVATE_DATA_SLOT_CREATE_INFO});
    const PrivateDataSlot other(gpu.device(), {VK_STRUCTURE_TYPE_PRIVATE_DATA_SLOT_CREATE_INFO});
    const Fence fence(gpu.device(), VkFenceCreateInfo{VK_STRUCTURE_TYPE_FENCE_CREATE_INFO});
    const auto object = reinterpret_cast<std::uint64_t>(fence.get());
    const auto device = reinterpret_cast<std::uint64_t>(gpu.device());
    check(vkSetPrivateData(gpu.device(), VK_OBJECT_TYPE_FENCE, object, slot, 0x1234567890abcdef));
    check(vkSetPrivateData(gpu.device(), VK_OBJECT_TYPE_DEVICE, device, slot, 42));
    const auto get = [&](VkObjectType type, std::uint64_t handle, VkPrivateDataSlot from) {
        std::uint64_t data = 99;
        vkGetPrivateData(gpu.device(), type, handle, from, &data);
        return data;
    };
    stage.report.check(get(VK_OBJECT_TYPE_FENCE, object, slot) == 0x1234567890abcdef,
                       "A fence keeps its private data.");
    stage.report.check(get(VK_OBJECT_TYPE_DEVICE, device, slot) == 42,
                       "A device keeps its private data.");
    stage.report.check(get(VK_OBJECT_TYPE_FENCE, object, other) == 0,
                       "Private data that was never set is zero.");
    stage.report.value("private_data", "kept");
}

}  // namespace

void caches(const Stage& stage) {
    round_trip(stage);
    private_data(stage);
}

}  // namespace vgpu::programs
