// Rows: getting memory that the host can map, and the speed of it.
#include <cstdint>
#include <cstring>

#include "rows.h"

namespace vgpu::bench {

namespace {

constexpr std::uint32_t kMappable =
    VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;
constexpr VkDeviceSize kLarge = 64 << 20;
constexpr std::size_t kPiece = 1 << 20;

Result allocate_and_free(const Options& options, VkDeviceSize size) {
    constexpr std::uint32_t kBatch = 20;
    const Session session;
    const VkDevice device = session.gpu.device();
    const VkMemoryAllocateInfo info{VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO, nullptr, size,
                                    session.gpu.memory_type(~0u, kMappable)};
    return {median_us_each(options.seconds, kBatch, [&] {
        for (std::uint32_t i = 0; i < kBatch; ++i) {
            VkDeviceMemory memory = VK_NULL_HANDLE;
            void* mapped = nullptr;
            check(session.calls.AllocateMemory(device, &info, nullptr, &memory));
            check(session.calls.MapMemory(device, memory, 0, VK_WHOLE_SIZE, 0, &mapped));
            *static_cast<volatile std::byte*>(mapped) = std::byte{1};
            session.calls.UnmapMemory(device, memory);
            session.calls.FreeMemory(device, memory, nullptr);
        }
        session.drain();
    })};
}

// Gigabytes a second of copying 64 MiB, a mebibyte at a time, after a first pass over all of it.
template <typename CopyPiece>
Result speed(const Options& options, const CopyPiece& copy_piece) {
    const Session session;
    const BoundBuffer buffer(session.gpu, kLarge, VK_BUFFER_USAGE_TRANSFER_SRC_BIT,
                             Placement::kReadBack);
    std::memset(buffer.mapped().data(), 1, kLarge);
    const double microseconds = median(sample_us(options.seconds, [&] {
        for (std::size_t offset = 0; offset < kLarge; offset += kPiece)
            copy_piece(buffer.mapped().data() + offset);
    }));
    return {static_cast<double>(kLarge) / microseconds / 1e3};
}

}  // namespace

Result memory_64k(const Options& options) {
    return allocate_and_free(options, 64 << 10);
}
Result memory_16m(const Options& options) {
    return allocate_and_free(options, 16 << 20);
}

Result mapped_write(const Options& options) {
    const std::vector<std::byte> piece(kPiece, std::byte{7});
    return speed(options, [&](std::byte* mapped) { std::memcpy(mapped, piece.data(), kPiece); });
}

Result mapped_read(const Options& options) {
    std::vector<std::byte> piece(kPiece);
    return speed(options, [&](const std::byte* mapped) {
        std::memcpy(piece.data(), mapped, kPiece);
        asm volatile("" ::"r"(piece.data()) : "memory");  // somebody might look at it
    });
}

}  // namespace vgpu::bench
