// Allocates, maps, flushes and binds memory in every form.
#include <cstdint>
#include <cstring>

#include "common/memory.h"
#include "objects/parts.h"

namespace vgpu::programs {

namespace {

VkMemoryAllocateInfo allocation(VkDeviceSize size, std::uint32_t type, const void* next = nullptr) {
    return {VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO, next, size, type};
}

std::uint32_t mappable_type(const Gpu& gpu) {
    return gpu.memory_type(~0u, VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT);
}

// What one mapping writes, the next one of the same memory finds.
void map_again_and_again(const Stage& stage) {
    const Gpu& gpu = stage.gpu;
    constexpr VkDeviceSize kSize = 1 << 20;
    const DeviceMemory memory(gpu.device(), allocation(kSize, mappable_type(gpu)));
    const VkDeviceSize atom = gpu.properties().limits.nonCoherentAtomSize;
    for (std::uint32_t round = 0; round < 8; ++round) {
        const VkDeviceSize offset = round * 8 * atom;
        void* mapped = nullptr;
        check(vkMapMemory(gpu.device(), memory, offset, kSize - offset, 0, &mapped));
        const VkMappedMemoryRange range{VK_STRUCTURE_TYPE_MAPPED_MEMORY_RANGE, nullptr, memory,
                                        offset, VK_WHOLE_SIZE};
        check(vkInvalidateMappedMemoryRanges(gpu.device(), 1, &range));
        auto* words = static_cast<std::uint32_t*>(mapped);
        if (round > 0)
            stage.report.check(words[1] == round, "What was written stays when it is unmapped.");
        words[0] = round;
        words[8 * atom / 4 + 1] = round + 1;
        check(vkFlushMappedMemoryRanges(gpu.device(), 1, &range));
        vkUnmapMemory(gpu.device(), memory);
    }
    stage.report.value("mappings", "kept");
}

// Sizes that no page or block divides, all alive at once, each holding what was put there.
void odd_sizes(const Stage& stage) {
    const Gpu& gpu = stage.gpu;
    std::vector<DeviceMemory> memories;
    std::vector<std::byte*> mappings;
    std::vector<std::size_t> sizes;
    for (std::size_t size = 1; size < 3'000'000; size = size * 2 + 3) {
        memories.emplace_back(gpu.device(), allocation(size, mappable_type(gpu)));
        void* mapped = nullptr;
        check(vkMapMemory(gpu.device(), memories.back(), 0, VK_WHOLE_SIZE, 0, &mapped));
        std::memset(mapped, static_cast<int>(sizes.size()), size);
        mappings.push_back(static_cast<std::byte*>(mapped));
        sizes.push_back(size);
        stage.report.check(reinterpret_cast<std::uintptr_t>(mapped) %
                                   gpu.properties().limits.minMemoryMapAlignment ==
                               0,
                           "Mapped memory is aligned as the device's limits say.");
    }
    bool kept = true;
    for (std::size_t i = 0; i < sizes.size(); ++i)
        kept = kept && mappings[i][0] == static_cast<std::byte>(i) &&
               mappings[i][sizes[i] - 1] == static_cast<std::byte>(i);
    stage.report.check(kept, "No allocation overlaps another.");
    stage.report.value("odd_sizes", sizes.size());
}

// Many small buffers in one allocation, bound by one call.
void bind_many(const Stage& stage) {
    const Gpu& gpu = stage.gpu;
    constexpr std::uint32_t kBuffers = 16;
    std::vector<Buffer> buffers;
    VkMemoryRequirements needs{};
    for (std::uint32_t i = 0; i < kBuffers; ++i) {
        VkBufferCreateInfo info{VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO};
        info.size = 256;
        info.usage = VK_BUFFER_USAGE_TRANSFER_DST_BIT | VK_BUFFER_USAGE_TRANSFER_SRC_BIT;
        buffers.emplace_back(gpu.device(), info);
        vkGetBufferMemoryRequirements(gpu.device(), buffers.back(), &needs);
    }
    const VkDeviceSize stride =
        (needs.size + needs.alignment - 1) / needs.alignment * needs.alignment;
    const std::uint32_t type =
        gpu.memory_type(needs.memoryTypeBits, VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT);
    const DeviceMemory memory(gpu.device(), allocation(stride * kBuffers, type));
    std::vector<VkBindBufferMemoryInfo> binds;
    for (std::uint32_t i = 0; i < kBuffers; ++i)
        binds.push_back(
            {VK_STRUCTURE_TYPE_BIND_BUFFER_MEMORY_INFO, nullptr, buffers[i], memory, i * stride});
    check(vkBindBufferMemory2(gpu.device(), kBuffers, binds.data()));
}

void dedicated(const Stage& stage) {
    const Gpu& gpu = stage.gpu;
    VkImageCreateInfo info{VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO};
    info.imageType = VK_IMAGE_TYPE_2D;
    info.format = VK_FORMAT_R8G8B8A8_UNORM;
    info.extent = {64, 64, 1};
    info.mipLevels = 1;
    info.arrayLayers = 1;
    info.samples = VK_SAMPLE_COUNT_1_BIT;
    info.usage = VK_IMAGE_USAGE_SAMPLED_BIT;
    // Bound by what it names: the image goes before the memory here.
    Image image(gpu.device(), info);
    VkMemoryRequirements needs;
    vkGetImageMemoryRequirements(gpu.device(), image, &needs);
    const VkMemoryDedicatedAllocateInfo only{VK_STRUCTURE_TYPE_MEMORY_DEDICATED_ALLOCATE_INFO,
                                             nullptr, image, VK_NULL_HANDLE};
    const DeviceMemory memory(
        gpu.device(), allocation(needs.size, gpu.memory_type(needs.memoryTypeBits, 0), &only));
    const VkBindImageMemoryInfo bind{VK_STRUCTURE_TYPE_BIND_IMAGE_MEMORY_INFO, nullptr, image,
                                     memory, 0};
    check(vkBindImageMemory2(gpu.device(), 1, &bind));
    image = Image();
    stage.report.value("bindings", "made");
}

}  // namespace

void memory(const Stage& stage) {
    map_again_and_again(stage);
    odd_sizes(stage);
    bind_many(stage);
    dedicated(stage);
}

}  // namespace vgpu::programs
