// Asks what memory resources need and how they are laid out, before and after they exist.
#include <cstdint>

#include "common/handles.h"
#include "objects/parts.h"

namespace vgpu::programs {

namespace {

// Not the memory types: a driver may rightly number them anew for its guests.
void add(Hash& hash, const VkMemoryRequirements& needs) {
    hash.add(needs.size);
    hash.add(needs.alignment);
}

VkBufferCreateInfo buffer_info(VkDeviceSize size, VkBufferUsageFlags usage) {
    VkBufferCreateInfo info{VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO};
    info.size = size;
    info.usage = usage;
    return info;
}

void buffers(const Stage& stage) {
    const VkDevice device = stage.gpu.device();
    Hash hash;
    for (VkDeviceSize size : {1, 4, 100, 4096, 65537, 1 << 24})
        for (VkBufferUsageFlags usage = 1; usage <= VK_BUFFER_USAGE_INDIRECT_BUFFER_BIT;
             usage *= 2) {
            const VkBufferCreateInfo info = buffer_info(size, usage);
            const Buffer buffer(device, info);
            VkMemoryRequirements needs;
            vkGetBufferMemoryRequirements(device, buffer, &needs);
            add(hash, needs);
            stage.report.check(needs.memoryTypeBits != 0 && needs.size >= size,
                               "A buffer has memory that it can live in.");
            const VkBufferMemoryRequirementsInfo2 which{
                VK_STRUCTURE_TYPE_BUFFER_MEMORY_REQUIREMENTS_INFO_2, nullptr, buffer};
            VkMemoryDedicatedRequirements dedicated{
                VK_STRUCTURE_TYPE_MEMORY_DEDICATED_REQUIREMENTS};
            VkMemoryRequirements2 both{VK_STRUCTURE_TYPE_MEMORY_REQUIREMENTS_2, &dedicated};
            vkGetBufferMemoryRequirements2(device, &which, &both);
            hash.add(dedicated.prefersDedicatedAllocation);
            hash.add(dedicated.requiresDedicatedAllocation);
            stage.report.check(both.memoryRequirements.size == needs.size,
                               "Both calls tell the same size of a buffer.");
            if (!stage.gpu.features().v13.maintenance4) continue;
            const VkDeviceBufferMemoryRequirements unborn{
                VK_STRUCTURE_TYPE_DEVICE_BUFFER_MEMORY_REQUIREMENTS, nullptr, &info};
            VkMemoryRequirements2 before{VK_STRUCTURE_TYPE_MEMORY_REQUIREMENTS_2};
            vkGetDeviceBufferMemoryRequirements(device, &unborn, &before);
            stage.report.check(before.memoryRequirements.size == needs.size,
                               "A buffer needs what was foretold before it existed.");
        }
    stage.report.hash("buffer_requirements", hash);
}

VkImageCreateInfo image_info(VkImageType type, VkFormat format, VkImageTiling tiling) {
    VkImageCreateInfo info{VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO};
    info.imageType = type;
    info.format = format;
    info.extent = {37, type == VK_IMAGE_TYPE_1D ? 1u : 21u, type == VK_IMAGE_TYPE_3D ? 5u : 1u};
    info.mipLevels = tiling == VK_IMAGE_TILING_LINEAR ? 1 : 3;
    info.arrayLayers = type == VK_IMAGE_TYPE_3D || tiling == VK_IMAGE_TILING_LINEAR ? 1 : 4;
    info.samples = VK_SAMPLE_COUNT_1_BIT;
    info.tiling = tiling;
    info.usage = VK_IMAGE_USAGE_SAMPLED_BIT;
    return info;
}

bool can_create(const Gpu& gpu, const VkImageCreateInfo& info) {
    VkImageFormatProperties limits;
    return vkGetPhysicalDeviceImageFormatProperties(gpu.physical(), info.format, info.imageType,
                                                    info.tiling, info.usage, info.flags,
                                                    &limits) == VK_SUCCESS &&
           info.mipLevels <= limits.maxMipLevels && info.arrayLayers <= limits.maxArrayLayers;
}

void add_layout(Hash& hash, const Gpu& gpu, VkImage image) {
    const VkImageSubresource subresource{VK_IMAGE_ASPECT_COLOR_BIT, 0, 0};
    VkSubresourceLayout layout;
    vkGetImageSubresourceLayout(gpu.device(), image, &subresource, &layout);
    for (VkDeviceSize value : {layout.offset, layout.size, layout.rowPitch}) hash.add(value);
}

void images(const Stage& stage) {
    const VkDevice device = stage.gpu.device();
    Hash hash, layouts;
    for (VkFormat format : {VK_FORMAT_R8_UNORM, VK_FORMAT_R8G8B8A8_UNORM, VK_FORMAT_R16G16_SFLOAT,
                            VK_FORMAT_R32G32B32A32_SFLOAT, VK_FORMAT_BC1_RGBA_UNORM_BLOCK})
        for (VkImageType type : {VK_IMAGE_TYPE_1D, VK_IMAGE_TYPE_2D, VK_IMAGE_TYPE_3D})
            for (VkImageTiling tiling : {VK_IMAGE_TILING_OPTIMAL, VK_IMAGE_TILING_LINEAR}) {
                const VkImageCreateInfo info = image_info(type, format, tiling);
                if (!can_create(stage.gpu, info)) continue;
                const Image image(device, info);
                VkMemoryRequirements needs;
                vkGetImageMemoryRequirements(device, image, &needs);
                add(hash, needs);
                if (tiling == VK_IMAGE_TILING_LINEAR) add_layout(layouts, stage.gpu, image);
                if (!stage.gpu.features().v13.maintenance4) continue;
                const VkDeviceImageMemoryRequirements unborn{
                    VK_STRUCTURE_TYPE_DEVICE_IMAGE_MEMORY_REQUIREMENTS, nullptr, &info};
                VkMemoryRequirements2 before{VK_STRUCTURE_TYPE_MEMORY_REQUIREMENTS_2};
                vkGetDeviceImageMemoryRequirements(device, &unborn, &before);
                stage.report.check(before.memoryRequirements.size == needs.size,
                                   "An image needs what was foretold before it existed.");
            }
    stage.report.hash("image_requirements", hash);
    stage.report.hash("image_layouts", layouts);
}

void sparse(const Stage& stage) {
    const VkImageCreateInfo info =
        image_info(VK_IMAGE_TYPE_2D, VK_FORMAT_R8G8B8A8_UNORM, VK_IMAGE_TILING_OPTIMAL);
    const Image image(stage.gpu.device(), info);
    std::uint32_t count = 0;  // a driver with no sparse images may leave it alone
    vkGetImageSparseMemoryRequirements(stage.gpu.device(), image, &count, nullptr);
    stage.report.check(count == 0, "An image that is not sparse has no sparse requirements.");
}

}  // namespace

void requirements(const Stage& stage) {
    buffers(stage);
    images(stage);
    sparse(stage);
}

}  // namespace vgpu::programs
