// Creates the objects that need no others, or only a little memory.
#include <cstdint>
#include <deque>

#include "common/commands.h"
#include "common/memory.h"
#include "objects/parts.h"

namespace vgpu::programs {

namespace {

void fences(const Stage& stage) {
    const VkDevice device = stage.gpu.device();
    const Fence signalled(
        device, {VK_STRUCTURE_TYPE_FENCE_CREATE_INFO, nullptr, VK_FENCE_CREATE_SIGNALED_BIT});
    const Fence plain(device, {VK_STRUCTURE_TYPE_FENCE_CREATE_INFO});
    stage.report.check(vkGetFenceStatus(device, signalled) == VK_SUCCESS,
                       "A fence can be born signalled.");
    check(vkResetFences(device, 1, signalled.address()));
    stage.report.check(vkGetFenceStatus(device, signalled) == VK_NOT_READY,
                       "A fence that is reset is not ready.");
    const VkFence both[] = {signalled, plain};
    check(vkResetFences(device, 2, both));
}

// Many objects that come and go in no particular order, as in a large application.
void churn(const Stage& stage) {
    const VkDevice device = stage.gpu.device();
    std::deque<Fence> fences;
    std::deque<Semaphore> semaphores;
    std::deque<Event> events;
    for (int i = 0; i < 3000; ++i) {
        fences.emplace_back(device, VkFenceCreateInfo{VK_STRUCTURE_TYPE_FENCE_CREATE_INFO});
        semaphores.emplace_back(device,
                                VkSemaphoreCreateInfo{VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO});
        events.emplace_back(device, VkEventCreateInfo{VK_STRUCTURE_TYPE_EVENT_CREATE_INFO});
        if (i % 3 == 0) fences.pop_front();
        if (i % 5 == 0) semaphores.pop_back();
        if (i % 2 == 0) events.pop_front();
    }
    stage.report.value("churn", fences.size() + semaphores.size() + events.size());
}

void samplers(const Stage& stage) {
    const Gpu& gpu = stage.gpu;
    for (VkFilter filter : {VK_FILTER_NEAREST, VK_FILTER_LINEAR})
        for (VkSamplerAddressMode mode :
             {VK_SAMPLER_ADDRESS_MODE_REPEAT, VK_SAMPLER_ADDRESS_MODE_MIRRORED_REPEAT,
              VK_SAMPLER_ADDRESS_MODE_CLAMP_TO_EDGE, VK_SAMPLER_ADDRESS_MODE_CLAMP_TO_BORDER}) {
            VkSamplerReductionModeCreateInfo reduction{
                VK_STRUCTURE_TYPE_SAMPLER_REDUCTION_MODE_CREATE_INFO};
            reduction.reductionMode = VK_SAMPLER_REDUCTION_MODE_MAX;
            VkSamplerCreateInfo info{VK_STRUCTURE_TYPE_SAMPLER_CREATE_INFO};
            const bool reduces = gpu.features().v12.samplerFilterMinmax;
            if (reduces) info.pNext = &reduction;
            info.magFilter = filter;
            info.minFilter = filter;
            info.addressModeU = info.addressModeV = info.addressModeW = mode;
            info.anisotropyEnable = !reduces && gpu.features().all.features.samplerAnisotropy;
            info.maxAnisotropy = 4.0f;
            info.compareEnable = !reduces;
            info.compareOp = VK_COMPARE_OP_LESS;
            info.borderColor = VK_BORDER_COLOR_FLOAT_OPAQUE_WHITE;
            info.maxLod = VK_LOD_CLAMP_NONE;
            const Sampler sampler(gpu.device(), info);
        }
}

void ycbcr(const Stage& stage) {
    const Gpu& gpu = stage.gpu;
    VkFormatProperties properties;
    const VkFormat format = VK_FORMAT_G8_B8R8_2PLANE_420_UNORM;
    vkGetPhysicalDeviceFormatProperties(gpu.physical(), format, &properties);
    constexpr VkFormatFeatureFlags kMidpoint = VK_FORMAT_FEATURE_MIDPOINT_CHROMA_SAMPLES_BIT;
    if (!gpu.features().v11.samplerYcbcrConversion ||
        (properties.optimalTilingFeatures & kMidpoint) == 0) {
        stage.report.not_offered("ycbcr");
        return;
    }
    VkSamplerYcbcrConversionCreateInfo info{VK_STRUCTURE_TYPE_SAMPLER_YCBCR_CONVERSION_CREATE_INFO};
    info.format = format;
    info.ycbcrModel = VK_SAMPLER_YCBCR_MODEL_CONVERSION_YCBCR_601;
    info.xChromaOffset = info.yChromaOffset = VK_CHROMA_LOCATION_MIDPOINT;
    const SamplerYcbcrConversion conversion(gpu.device(), info);
    const VkSamplerYcbcrConversionInfo uses{VK_STRUCTURE_TYPE_SAMPLER_YCBCR_CONVERSION_INFO,
                                            nullptr, conversion};
    VkSamplerCreateInfo sampler_info{VK_STRUCTURE_TYPE_SAMPLER_CREATE_INFO, &uses};
    sampler_info.addressModeU = sampler_info.addressModeV = sampler_info.addressModeW =
        VK_SAMPLER_ADDRESS_MODE_CLAMP_TO_EDGE;
    const Sampler sampler(gpu.device(), sampler_info);
    stage.report.value("ycbcr", "made");
}

void query_pools(const Stage& stage) {
    const Gpu& gpu = stage.gpu;
    VkQueryPoolCreateInfo info{VK_STRUCTURE_TYPE_QUERY_POOL_CREATE_INFO};
    info.queryType = VK_QUERY_TYPE_OCCLUSION;
    info.queryCount = 64;
    const QueryPool occlusion(gpu.device(), info);
    if (!gpu.features().v12.hostQueryReset) {
        stage.report.not_offered("host_query_reset");
        return;
    }
    vkResetQueryPool(gpu.device(), occlusion, 0, 64);
    std::uint64_t results[2][2] = {{1, 1}, {1, 1}};
    stage.report.check(
        vkGetQueryPoolResults(gpu.device(), occlusion, 3, 2, sizeof results, results, 16,
                              VK_QUERY_RESULT_64_BIT | VK_QUERY_RESULT_WITH_AVAILABILITY_BIT) ==
            VK_NOT_READY,
        "Queries that were only reset are not ready.");
    stage.report.check(results[0][1] == 0 && results[1][1] == 0,
                       "Queries that were only reset say that they are not available.");
    stage.report.value("host_query_reset", "done");
}

void views(const Stage& stage) {
    const Gpu& gpu = stage.gpu;
    ImageSpec spec{VK_FORMAT_R8G8B8A8_UNORM, {64, 64}, VK_IMAGE_USAGE_SAMPLED_BIT};
    spec.mip_levels = 4;
    spec.layers = 6;
    const BoundImage image(gpu, spec);
    VkImageViewCreateInfo info{VK_STRUCTURE_TYPE_IMAGE_VIEW_CREATE_INFO};
    info.image = image.get();
    info.viewType = VK_IMAGE_VIEW_TYPE_2D_ARRAY;
    info.format = spec.format;
    info.components = {VK_COMPONENT_SWIZZLE_B, VK_COMPONENT_SWIZZLE_ZERO, VK_COMPONENT_SWIZZLE_ONE,
                       VK_COMPONENT_SWIZZLE_R};
    info.subresourceRange = {VK_IMAGE_ASPECT_COLOR_BIT, 1, VK_REMAINING_MIP_LEVELS, 2,
                             VK_REMAINING_ARRAY_LAYERS};
    const VkImageViewUsageCreateInfo usage{VK_STRUCTURE_TYPE_IMAGE_VIEW_USAGE_CREATE_INFO, nullptr,
                                           VK_IMAGE_USAGE_SAMPLED_BIT};
    const ImageView whole(gpu.device(), info);
    info.pNext = &usage;
    const ImageView restricted(gpu.device(), info);
}

void command_pools(const Stage& stage) {
    const Gpu& gpu = stage.gpu;
    const Commands pool(gpu);
    std::vector<VkCommandBuffer> buffers(40);
    VkCommandBufferAllocateInfo info{VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO};
    info.commandPool = pool.pool();
    info.commandBufferCount = static_cast<std::uint32_t>(buffers.size());
    check(vkAllocateCommandBuffers(gpu.device(), &info, buffers.data()));
    for (VkCommandBuffer commands : buffers) {
        begin(commands);
        check(vkEndCommandBuffer(commands));
    }
    vkFreeCommandBuffers(gpu.device(), pool.pool(), 20, buffers.data());
    check(vkResetCommandBuffer(buffers[30], VK_COMMAND_BUFFER_RESET_RELEASE_RESOURCES_BIT));
    vkTrimCommandPool(gpu.device(), pool.pool(), 0);
    check(
        vkResetCommandPool(gpu.device(), pool.pool(), VK_COMMAND_POOL_RESET_RELEASE_RESOURCES_BIT));
    begin(buffers[39]);
    check(vkEndCommandBuffer(buffers[39]));
}

}  // namespace

void plain(const Stage& stage) {
    fences(stage);
    churn(stage);
    samplers(stage);
    ycbcr(stage);
    query_pools(stage);
    views(stage);
    command_pools(stage);
    stage.report.value("plain", "made");
}

}  // namespace vgpu::programs
