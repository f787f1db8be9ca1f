// Fills images from buffers on the device's queue.
#include "painter.h"

#include <cstring>

#include "tests/catch.h"

namespace vgpu::wsi::test {

std::uint32_t pattern_pixel(std::uint32_t seed, std::uint32_t x, std::uint32_t y) {
    return (x * 0x01020305u) ^ (y * 0x07310b11u) ^ (seed * 0x9e3779b9u);
}

std::vector<std::uint32_t> pattern(std::uint32_t seed, VkExtent2D extent, std::uint32_t mask) {
    std::vector<std::uint32_t> pixels;
    for (std::uint32_t y = 0; y < extent.height; ++y) {
        for (std::uint32_t x = 0; x < extent.width; ++x) {
            pixels.push_back(pattern_pixel(seed, x, y) & mask);
        }
    }
    return pixels;
}

Painter::Painter(LowerDriver& lower) : lower_(lower) {
    VkCommandPoolCreateInfo info{};
    info.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO;
    info.queueFamilyIndex = lower_.queue_family();
    REQUIRE(vkCreateCommandPool(lower_.device(), &info, nullptr, &pool_) == VK_SUCCESS);
}

Painter::~Painter() {
    vkQueueWaitIdle(lower_.queue());
    vkDestroyCommandPool(lower_.device(), pool_, nullptr);
    for (const auto semaphore : semaphores_)
        vkDestroySemaphore(lower_.device(), semaphore, nullptr);
    for (const auto fence : fences_) vkDestroyFence(lower_.device(), fence, nullptr);
    for (const auto buffer : buffers_) vkDestroyBuffer(lower_.device(), buffer, nullptr);
    for (const auto memory : memories_) vkFreeMemory(lower_.device(), memory, nullptr);
}

VkSemaphore Painter::make_semaphore() {
    VkSemaphoreCreateInfo info{};
    info.sType = VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO;
    VkSemaphore semaphore = VK_NULL_HANDLE;
    REQUIRE(vkCreateSemaphore(lower_.device(), &info, nullptr, &semaphore) == VK_SUCCESS);
    semaphores_.push_back(semaphore);
    return semaphore;
}

VkFence Painter::make_fence() {
    VkFenceCreateInfo info{};
    info.sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO;
    VkFence fence = VK_NULL_HANDLE;
    REQUIRE(vkCreateFence(lower_.device(), &info, nullptr, &fence) == VK_SUCCESS);
    fences_.push_back(fence);
    return fence;
}

VkBuffer Painter::make_pattern(VkExtent2D extent, std::uint32_t seed) {
    const auto pixels = pattern(seed, extent, 0xffffffff);
    VkBufferCreateInfo info{};
    info.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO;
    info.size = pixels.size() * 4;
    info.usage = VK_BUFFER_USAGE_TRANSFER_SRC_BIT;
    VkBuffer buffer = VK_NULL_HANDLE;
    REQUIRE(vkCreateBuffer(lower_.device(), &info, nullptr, &buffer) == VK_SUCCESS);
    buffers_.push_back(buffer);
    VkMemoryRequirements needs{};
    vkGetBufferMemoryRequirements(lower_.device(), buffer, &needs);
    VkMemoryAllocateInfo allocation{};
    allocation.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO;
    allocation.allocationSize = needs.size;  // of type 0: a software driver's only one
    VkDeviceMemory memory = VK_NULL_HANDLE;
    REQUIRE(vkAllocateMemory(lower_.device(), &allocation, nullptr, &memory) == VK_SUCCESS);
    memories_.push_back(memory);
    REQUIRE(vkBindBufferMemory(lower_.device(), buffer, memory, 0) == VK_SUCCESS);
    void* data = nullptr;
    REQUIRE(vkMapMemory(lower_.device(), memory, 0, VK_WHOLE_SIZE, 0, &data) == VK_SUCCESS);
    std::memcpy(data, pixels.data(), pixels.size() * 4);
    return buffer;
}

VkCommandBuffer Painter::record(VkImage image, VkExtent2D extent, VkBuffer pixels) {
    VkCommandBufferAllocateInfo info{};
    info.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO;
    info.commandPool = pool_;
    info.commandBufferCount = 1;
    VkCommandBuffer commands = VK_NULL_HANDLE;
    REQUIRE(vkAllocateCommandBuffers(lower_.device(), &info, &commands) == VK_SUCCESS);
    VkCommandBufferBeginInfo begin{};
    begin.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO;
    REQUIRE(vkBeginCommandBuffer(commands, &begin) == VK_SUCCESS);
    VkImageMemoryBarrier barrier{};
    barrier.sType = VK_STRUCTURE_TYPE_IMAGE_MEMORY_BARRIER;
    barrier.dstAccessMask = VK_ACCESS_TRANSFER_WRITE_BIT;
    barrier.newLayout = VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL;
    barrier.srcQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED;
    barrier.dstQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED;
    barrier.image = image;
    barrier.subresourceRange = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1};
    vkCmdPipelineBarrier(commands, VK_PIPELINE_STAGE_TRANSFER_BIT, VK_PIPELINE_STAGE_TRANSFER_BIT,
                         0, 0, nullptr, 0, nullptr, 1, &barrier);
    VkBufferImageCopy region{};
    region.imageSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1};
    region.imageExtent = {extent.width, extent.height, 1};
    vkCmdCopyBufferToImage(commands, pixels, image, VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL, 1,
                           &region);
    barrier.srcAccessMask = VK_ACCESS_TRANSFER_WRITE_BIT;
    barrier.dstAccessMask = 0;
    barrier.oldLayout = VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL;
    barrier.newLayout = VK_IMAGE_LAYOUT_PRESENT_SRC_KHR;
    vkCmdPipelineBarrier(commands, VK_PIPELINE_STAGE_TRANSFER_BIT,
                         VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, 0, 0, nullptr, 0, nullptr, 1,
                         &barrier);
    REQUIRE(vkEndCommandBuffer(commands) == VK_SUCCESS);
    return commands;
}

void Painter::paint(VkImage image, VkExtent2D extent, std::uint32_t seed, VkSemaphore wait,
                    VkSemaphore done) {
    const VkCommandBuffer commands = record(image, extent, make_pattern(extent, seed));
    const VkPipelineStageFlags stage = VK_PIPELINE_STAGE_TRANSFER_BIT;
    VkSubmitInfo info{};
    info.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO;
    info.waitSemaphoreCount = wait != VK_NULL_HANDLE ? 1 : 0;
    info.pWaitSemaphores = &wait;
    info.pWaitDstStageMask = &stage;
    info.commandBufferCount = 1;
    info.pCommandBuffers = &commands;
    info.signalSemaphoreCount = done != VK_NULL_HANDLE ? 1 : 0;
    info.pSignalSemaphores = &done;
    REQUIRE(vkQueueSubmit(lower_.queue(), 1, &info, VK_NULL_HANDLE) == VK_SUCCESS);
}

}  // namespace vgpu::wsi::test
