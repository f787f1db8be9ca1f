// Memory that processes of this guest share: a region of guest pages whose last page says what the
// others are.
#pragma once

#include <vulkan/vulkan.h>

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "icd/page_pool.h"
#include "icd/physical_device.h"

namespace vgpu::icd {

// The begin of the last page. Every process that holds the descriptor can write it: an import
// copies it once, and believes it as far as it names what this process asked for.
//
//     0               8               16              24              32              48
//     +-------+-------+---------------+-------+-------+---------------+---------------+------ ...
//     | magic |version| bytes         | type  | 0     | device UUID   | driver UUID   |
//     +-------+-------+---------------+-------+-------+-------------------------------+------ ...
struct SharedMemory {
    static constexpr std::uint32_t kMagic = 0x7667'706d;  // "vgpm"
    static constexpr std::uint32_t kVersion = 1;

    std::uint32_t magic = kMagic;
    std::uint32_t version = kVersion;
    std::uint64_t bytes = 0;  // VkMemoryAllocateInfo::allocationSize
    std::uint32_t type = 0;   // and memoryTypeIndex, which another GPU counts otherwise
    std::uint32_t zero = 0;
    std::uint8_t device[VK_UUID_SIZE] = {};
    std::uint8_t driver[VK_UUID_SIZE] = {};

    bool operator==(const SharedMemory&) const = default;
};
static_assert(sizeof(SharedMemory) == 56 && offsetof(SharedMemory, device) == 24);
static_assert(std::is_trivially_copyable_v<SharedMemory>);

// Pages for an allocation that may be exported; the memory begins where they do. Empty as
// PagePool::take().
PageRange take_shareable(PhysicalDevice& device, const VkMemoryAllocateInfo& info);

// The pages that another process exported for an allocation like this; empty when the descriptor,
// which stays the caller's, is of anything else.
PageRange import_shared(PhysicalDevice& device, const VkMemoryAllocateInfo& info, int fd);

}  // namespace vgpu::icd
