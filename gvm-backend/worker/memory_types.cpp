// The rules by which a guest's memory types follow from the host's.
#include "worker/memory_types.h"

#include <algorithm>
#include <vector>

namespace vgpu::worker {

namespace {

constexpr VkMemoryPropertyFlags kMappable = VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT |
                                            VK_MEMORY_PROPERTY_HOST_COHERENT_BIT |
                                            VK_MEMORY_PROPERTY_HOST_CACHED_BIT;

struct Entry {
    VkMemoryType shown;
    GuestMemoryType behind;
};

bool strict_subset(VkMemoryPropertyFlags a, VkMemoryPropertyFlags b) {
    return a != b && (a & b) == a;
}

// One whose every type is both: images in it would cost guest pages that nothing ever maps.
bool is_unified(const VkPhysicalDeviceMemoryProperties& host) {
    constexpr VkMemoryPropertyFlags kBoth =
        VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT | VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT;
    return std::all_of(
        host.memoryTypes, host.memoryTypes + host.memoryTypeCount,
        [](const VkMemoryType& type) { return (type.propertyFlags & kBoth) == kBoth; });
}

std::vector<Entry> entries(const VkPhysicalDeviceMemoryProperties& host,
                           std::uint32_t page_type_bits) {
    std::vector<Entry> all;
    if (host.memoryTypeCount != 0 && host.memoryTypeCount < VK_MAX_MEMORY_TYPES &&
        is_unified(host)) {
        const VkMemoryType& first = host.memoryTypes[0];
        all.push_back({{first.propertyFlags & ~kMappable, first.heapIndex}, {0, false}});
    }
    for (std::uint32_t i = 0; i < host.memoryTypeCount; ++i) {
        Entry entry{host.memoryTypes[i], {i, false}};
        if (entry.shown.propertyFlags & VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT) {
            entry.behind.guest_pages = (page_type_bits >> i & 1) != 0;
            // What guest pages cannot back, the guest cannot map.
            if (!entry.behind.guest_pages) entry.shown.propertyFlags &= ~kMappable;
        }
        all.push_back(entry);
    }
    return all;
}

// The first entry that may come next: Vulkan wants a type before all those whose flags contain its
// own. Otherwise the host's order stays, for it ranks types by speed.
std::vector<Entry>::iterator next_entry(std::vector<Entry>& left) {
    return std::find_if(left.begin(), left.end(), [&](const Entry& candidate) {
        return std::none_of(left.begin(), left.end(), [&](const Entry& other) {
            return strict_subset(other.shown.propertyFlags, candidate.shown.propertyFlags);
        });
    });
}

}  // namespace

GuestMemoryTypes::GuestMemoryTypes(const VkPhysicalDeviceMemoryProperties& host,
                                   std::uint32_t page_type_bits, std::uint64_t memory_limit_bytes) {
    std::vector<Entry> left = entries(host, page_type_bits);
    while (!left.empty()) {
        const auto next = next_entry(left);
        add(next->shown, next->behind);
        left.erase(next);
    }
    guest_.memoryHeapCount = host.memoryHeapCount;
    for (std::uint32_t i = 0; i < host.memoryHeapCount; ++i) {
        guest_.memoryHeaps[i] = host.memoryHeaps[i];
        guest_.memoryHeaps[i].size = std::min(host.memoryHeaps[i].size, memory_limit_bytes);
    }
}

void GuestMemoryTypes::add(const VkMemoryType& shown, GuestMemoryType behind) {
    types_[guest_.memoryTypeCount] = behind;
    guest_.memoryTypes[guest_.memoryTypeCount] = shown;
    ++guest_.memoryTypeCount;
}

std::uint32_t GuestMemoryTypes::guest_type_bits(std::uint32_t host_type_bits) const {
    std::uint32_t bits = 0;
    for (std::uint32_t i = 0; i < guest_.memoryTypeCount; ++i) {
        if (host_type_bits >> types_[i].host_index & 1) bits |= 1u << i;
    }
    return bits;
}

}  // namespace vgpu::worker
