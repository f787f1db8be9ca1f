// Records barriers and copies, and submits.
#include "common/commands.h"

#include <limits>

namespace vgpu::programs {

namespace {

VkCommandPoolCreateInfo pool_info(const Gpu& gpu, VkCommandPoolCreateFlags flags) {
    VkCommandPoolCreateInfo info{VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO};
    info.flags = flags;
    info.queueFamilyIndex = gpu.family();
    return info;
}

VkBufferImageCopy whole_level(const BoundImage& image) {
    VkBufferImageCopy copy{};
    copy.imageSubresource = {image.spec().aspect, 0, 0, 1};
    copy.imageExtent = {image.spec().extent.width, image.spec().extent.height, 1};
    return copy;
}

}  // namespace

Commands::Commands(const Gpu& gpu, VkCommandPoolCreateFlags flags)
    : device_(gpu.device()), pool_(gpu.device(), pool_info(gpu, flags)) {}

VkCommandBuffer Commands::allocate(VkCommandBufferLevel level) const {
    VkCommandBufferAllocateInfo info{VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO};
    info.commandPool = pool_;
    info.level = level;
    info.commandBufferCount = 1;
    VkCommandBuffer commands = VK_NULL_HANDLE;
    check(vkAllocateCommandBuffers(device_, &info, &commands));
    return commands;
}

void begin(VkCommandBuffer commands, VkCommandBufferUsageFlags usage,
           const VkCommandBufferInheritanceInfo* inheritance) {
    VkCommandBufferBeginInfo info{VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO};
    info.flags = usage;
    info.pInheritanceInfo = inheritance;
    check(vkBeginCommandBuffer(commands, &info));
}

void submit_and_wait(const Gpu& gpu, VkCommandBuffer commands) {
    const Fence done(gpu.device(), VkFenceCreateInfo{VK_STRUCTURE_TYPE_FENCE_CREATE_INFO});
    VkSubmitInfo submit{VK_STRUCTURE_TYPE_SUBMIT_INFO};
    submit.commandBufferCount = 1;
    submit.pCommandBuffers = &commands;
    check(vkQueueSubmit(gpu.queue(), 1, &submit, done));
    check(vkWaitForFences(gpu.device(), 1, done.address(), VK_TRUE,
                          std::numeric_limits<std::uint64_t>::max()));
}

void run_once(const Gpu& gpu, const std::function<void(VkCommandBuffer)>& record) {
    const Commands pool(gpu, VK_COMMAND_POOL_CREATE_TRANSIENT_BIT);
    VkCommandBuffer commands = pool.allocate();
    begin(commands, VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT);
    record(commands);
    check(vkEndCommandBuffer(commands));
    submit_and_wait(gpu, commands);
}

void memory_barrier(VkCommandBuffer commands, const Use& before, const Use& after) {
    VkMemoryBarrier barrier{VK_STRUCTURE_TYPE_MEMORY_BARRIER};
    barrier.srcAccessMask = before.access;
    barrier.dstAccessMask = after.access;
    vkCmdPipelineBarrier(commands, before.stage, after.stage, 0, 1, &barrier, 0, nullptr, 0,
                         nullptr);
}

void image_barrier(VkCommandBuffer commands, VkImage image, const VkImageSubresourceRange& range,
                   const Use& before, const Use& after) {
    VkImageMemoryBarrier barrier{VK_STRUCTURE_TYPE_IMAGE_MEMORY_BARRIER};
    barrier.srcAccessMask = before.access;
    barrier.dstAccessMask = after.access;
    barrier.oldLayout = before.layout;
    barrier.newLayout = after.layout;
    barrier.srcQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED;
    barrier.dstQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED;
    barrier.image = image;
    barrier.subresourceRange = range;
    vkCmdPipelineBarrier(commands, before.stage, after.stage, 0, 0, nullptr, 0, nullptr, 1,
                         &barrier);
}

void upload_image(const Gpu& gpu, const BoundImage& image, std::span<const std::byte> octets,
                  const Use& after) {
    const BoundBuffer staging(gpu, octets.size(), VK_BUFFER_USAGE_TRANSFER_SRC_BIT,
                              Placement::kUpload);
    staging.write(octets);
    run_once(gpu, [&](VkCommandBuffer commands) {
        image_barrier(commands, image, kUnused, kCopyTarget);
        const VkBufferImageCopy copy = whole_level(image);
        vkCmdCopyBufferToImage(commands, staging, image.get(), kCopyTarget.layout, 1, &copy);
        image_barrier(commands, image, kCopyTarget, after);
    });
}

std::vector<std::byte> read_image(const Gpu& gpu, const BoundImage& image, const Use& before) {
    const VkExtent2D extent = image.spec().extent;
    const BoundBuffer target(gpu, VkDeviceSize{extent.width} * extent.height * 4,
                             VK_BUFFER_USAGE_TRANSFER_DST_BIT, Placement::kReadBack);
    run_once(gpu, [&](VkCommandBuffer commands) {
        image_barrier(commands, image, before, kCopySource);
        const VkBufferImageCopy copy = whole_level(image);
        vkCmdCopyImageToBuffer(commands, image.get(), kCopySource.layout, target, 1, &copy);
        memory_barrier(commands, kCopyTarget, kHostRead);
    });
    return {target.mapped().begin(), target.mapped().end()};
}

std::vector<std::byte> read_buffer(const Gpu& gpu, VkBuffer buffer, VkDeviceSize size) {
    const BoundBuffer target(gpu, size, VK_BUFFER_USAGE_TRANSFER_DST_BIT, Placement::kReadBack);
    run_once(gpu, [&](VkCommandBuffer commands) {
        const VkBufferCopy copy{0, 0, size};
        vkCmdCopyBuffer(commands, buffer, target, 1, &copy);
        memory_barrier(commands, kCopyTarget, kHostRead);
    });
    return {target.mapped().begin(), target.mapped().end()};
}

}  // namespace vgpu::programs
