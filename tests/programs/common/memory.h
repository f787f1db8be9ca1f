// Buffers and images together with the memory that they live in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "common/gpu.h"
#include "common/handles.h"

namespace vgpu::programs {

enum class Placement {
    kDevice,    // fastest for the device; the host cannot look
    kUpload,    // the host writes, the device reads
    kReadBack,  // the device writes, the host reads
};

// A buffer bound to memory of its own, mapped for its whole life unless it is kDevice. Mapped
// memory is coherent: no flushing, but a host barrier before results are read.
class BoundBuffer {
  public:
    BoundBuffer() = default;
    BoundBuffer(const Gpu& gpu, VkDeviceSize size, VkBufferUsageFlags usage, Placement placement);

    operator VkBuffer() const { return buffer_; }
    VkBuffer get() const { return buffer_; }
    VkDeviceSize size() const { return size_; }
    std::span<std::byte> mapped() const { return {mapped_, static_cast<std::size_t>(size_)}; }
    template <typename T>
    std::span<T> as() const {
        return {reinterpret_cast<T*>(mapped_), static_cast<std::size_t>(size_ / sizeof(T))};
    }
    // Writes at an offset in octets.
    void write(std::span<const std::byte> octets, std::size_t offset = 0) const;

  private:
    DeviceMemory memory_;  // first, so that it is freed last
    Buffer buffer_;
    VkDeviceSize size_ = 0;
    std::byte* mapped_ = nullptr;
};

struct ImageSpec {
    VkFormat format = VK_FORMAT_R8G8B8A8_UNORM;
    VkExtent2D extent{};
    VkImageUsageFlags usage = 0;
    std::uint32_t mip_levels = 1;
    std::uint32_t layers = 1;
    VkSampleCountFlagBits samples = VK_SAMPLE_COUNT_1_BIT;
    VkImageAspectFlags aspect = VK_IMAGE_ASPECT_COLOR_BIT;
};

// A two-dimensional image in device memory with a view of all of it.
class BoundImage {
  public:
    BoundImage() = default;
    BoundImage(const Gpu& gpu, const ImageSpec& spec);

    VkImage get() const { return image_; }
    VkImageView view() const { return view_; }
    const ImageSpec& spec() const { return spec_; }
    VkImageSubresourceRange range() const {
        return {spec_.aspect, 0, spec_.mip_levels, 0, spec_.layers};
    }

  private:
    ImageSpec spec_;
    DeviceMemory memory_;  // first, so that it is freed last
    Image image_;
    ImageView view_;
};

}  // namespace vgpu::programs
