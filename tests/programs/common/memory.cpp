// Allocates and binds memory, one allocation an object.
#include "common/memory.h"

#include <cstring>

namespace vgpu::programs {

namespace {

std::uint32_t choose_type(const Gpu& gpu, std::uint32_t type_bits, Placement placement) {
    constexpr VkMemoryPropertyFlags kMappable =
        VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;
    switch (placement) {
        case Placement::kDevice:
            return gpu.memory_type(type_bits, 0, VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT);
        case Placement::kUpload:
            return gpu.memory_type(type_bits, kMappable);
        case Placement::kReadBack:
            break;
    }
    return gpu.memory_type(type_bits, kMappable, VK_MEMORY_PROPERTY_HOST_CACHED_BIT);
}

DeviceMemory allocate(const Gpu& gpu, const VkMemoryRequirements& needs, Placement placement,
                      bool device_address) {
    VkMemoryAllocateFlagsInfo flags{VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_FLAGS_INFO};
    flags.flags = VK_MEMORY_ALLOCATE_DEVICE_ADDRESS_BIT;
    VkMemoryAllocateInfo info{VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO};
    if (device_address) info.pNext = &flags;
    info.allocationSize = needs.size;
    info.memoryTypeIndex = choose_type(gpu, needs.memoryTypeBits, placement);
    return DeviceMemory(gpu.device(), info);
}

VkImageCreateInfo image_info(const ImageSpec& spec) {
    VkImageCreateInfo info{VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO};
    info.imageType = VK_IMAGE_TYPE_2D;
    info.format = spec.format;
    info.extent = {spec.extent.width, spec.extent.height, 1};
    info.mipLevels = spec.mip_levels;
    info.arrayLayers = spec.layers;
    info.samples = spec.samples;
    info.usage = spec.usage;
    return info;
}

}  // namespace

BoundBuffer::BoundBuffer(const Gpu& gpu, VkDeviceSize size, VkBufferUsageFlags usage,
                         Placement placement)
    : size_(size) {
    VkBufferCreateInfo info{VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO};
    info.size = size;
    info.usage = usage;
    buffer_ = Buffer(gpu.device(), info);
    VkMemoryRequirements needs;
    vkGetBufferMemoryRequirements(gpu.device(), buffer_, &needs);
    memory_ =
        allocate(gpu, needs, placement, (usage & VK_BUFFER_USAGE_SHADER_DEVICE_ADDRESS_BIT) != 0);
    check(vkBindBufferMemory(gpu.device(), buffer_, memory_, 0));
    if (placement == Placement::kDevice) return;
    void* mapped = nullptr;
    check(vkMapMemory(gpu.device(), memory_, 0, VK_WHOLE_SIZE, 0, &mapped));
    mapped_ = static_cast<std::byte*>(mapped);
}

void BoundBuffer::write(std::span<const std::byte> octets, std::size_t offset) const {
    std::memcpy(mapped_ + offset, octets.data(), octets.size());
}

BoundImage::BoundImage(const Gpu& gpu, const ImageSpec& spec)
    : spec_(spec), image_(gpu.device(), image_info(spec)) {
    VkMemoryRequirements needs;
    vkGetImageMemoryRequirements(gpu.device(), image_, &needs);
    memory_ = allocate(gpu, needs, Placement::kDevice, false);
    check(vkBindImageMemory(gpu.device(), image_, memory_, 0));
    VkImageViewCreateInfo view{VK_STRUCTURE_TYPE_IMAGE_VIEW_CREATE_INFO};
    view.image = image_;
    view.viewType = spec.layers == 1 ? VK_IMAGE_VIEW_TYPE_2D : VK_IMAGE_VIEW_TYPE_2D_ARRAY;
    view.format = spec.format;
    view.subresourceRange = range();
    view_ = ImageView(gpu.device(), view);
}

}  // namespace vgpu::programs
