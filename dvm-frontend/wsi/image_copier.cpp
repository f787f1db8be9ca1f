// Copies a presentable image into its staging buffer, on the application's queue.
#include "wsi/image_copier.h"

#include <utility>

namespace vgpu::wsi {
namespace {

constexpr VkImageSubresourceRange kWhole{VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1};

// From the layout in which the application hands the image over.
VkImageMemoryBarrier before_copy(VkImage image) {
    VkImageMemoryBarrier barrier{};
    barrier.sType = VK_STRUCTURE_TYPE_IMAGE_MEMORY_BARRIER;
    barrier.srcAccessMask = VK_ACCESS_MEMORY_WRITE_BIT;
    barrier.dstAccessMask = VK_ACCESS_TRANSFER_READ_BIT;
    barrier.oldLayout = VK_IMAGE_LAYOUT_PRESENT_SRC_KHR;
    barrier.newLayout = VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL;
    barrier.srcQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED;
    barrier.dstQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED;
    barrier.image = image;
    barrier.subresourceRange = kWhole;
    return barrier;
}

// Back, because the application may keep the contents for its next frame.
VkImageMemoryBarrier after_copy(VkImage image) {
    VkImageMemoryBarrier barrier = before_copy(image);
    std::swap(barrier.oldLayout, barrier.newLayout);
    barrier.srcAccessMask = VK_ACCESS_TRANSFER_READ_BIT;
    barrier.dstAccessMask = 0;
    return barrier;
}

VkBufferMemoryBarrier to_host(VkBuffer buffer) {
    VkBufferMemoryBarrier barrier{};
    barrier.sType = VK_STRUCTURE_TYPE_BUFFER_MEMORY_BARRIER;
    barrier.srcAccessMask = VK_ACCESS_TRANSFER_WRITE_BIT;
    barrier.dstAccessMask = VK_ACCESS_HOST_READ_BIT;
    barrier.srcQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED;
    barrier.dstQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED;
    barrier.buffer = buffer;
    barrier.size = VK_WHOLE_SIZE;
    return barrier;
}

}  // namespace

VkResult ImageCopier::commands_for(std::uint32_t queue_family, SwapchainImage& image,
                                   VkCommandBuffer* commands) {
    if (auto known = image.copies().find(queue_family); known != image.copies().end()) {
        *commands = known->second;
        return VK_SUCCESS;
    }
    VkCommandBufferAllocateInfo info{};
    info.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO;
    info.level = VK_COMMAND_BUFFER_LEVEL_PRIMARY;
    info.commandBufferCount = 1;
    VkResult result = pool_of(queue_family, &info.commandPool);
    if (result != VK_SUCCESS) return result;
    result = driver_.AllocateCommandBuffers(driver_.device, &info, commands);
    if (result != VK_SUCCESS) return result;
    result = record(*commands, image);
    if (result == VK_SUCCESS) image.copies().emplace(queue_family, *commands);
    return result;
}

VkResult ImageCopier::pool_of(std::uint32_t queue_family, VkCommandPool* pool) {
    if (auto known = pools_.find(queue_family); known != pools_.end()) {
        *pool = known->second.get();
        return VK_SUCCESS;
    }
    VkCommandPoolCreateInfo info{};
    info.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO;
    info.queueFamilyIndex = queue_family;
    const VkResult result = driver_.CreateCommandPool(driver_.device, &info, nullptr, pool);
    if (result == VK_SUCCESS) pools_.emplace(queue_family, OwnedCommandPool(driver_, *pool));
    return result;
}

VkResult ImageCopier::record(VkCommandBuffer commands, const SwapchainImage& image) {
    VkCommandBufferBeginInfo begin{};
    begin.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO;
    const VkResult result = driver_.BeginCommandBuffer(commands, &begin);
    if (result != VK_SUCCESS) return result;

    const VkImageMemoryBarrier before = before_copy(image.image());
    driver_.CmdPipelineBarrier(commands, VK_PIPELINE_STAGE_ALL_COMMANDS_BIT,
                               VK_PIPELINE_STAGE_TRANSFER_BIT, 0, 0, nullptr, 0, nullptr, 1,
                               &before);
    VkBufferImageCopy region{};  // rows without gaps
    region.imageSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1};
    region.imageExtent = {extent_.width, extent_.height, 1};
    driver_.CmdCopyImageToBuffer(commands, image.image(), VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL,
                                 image.staging(), 1, &region);
    const VkImageMemoryBarrier after = after_copy(image.image());
    const VkBufferMemoryBarrier host = to_host(image.staging());
    driver_.CmdPipelineBarrier(commands, VK_PIPELINE_STAGE_TRANSFER_BIT,
                               VK_PIPELINE_STAGE_HOST_BIT | VK_PIPELINE_STAGE_ALL_COMMANDS_BIT, 0,
                               0, nullptr, 1, &host, 1, &after);
    return driver_.EndCommandBuffer(commands);
}

void ImageCopier::leak() {
    for (auto& [family, pool] : pools_) pool.leak();
}

}  // namespace vgpu::wsi
