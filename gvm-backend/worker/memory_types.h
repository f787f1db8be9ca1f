// Shows a guest the host's memory types, with those that it can map backed by its own pages.
#pragma once

#include <vulkan/vulkan.h>

#include <array>
#include <cstdint>

namespace vgpu::worker {

// What stands behind one of the guest's memory types.
struct GuestMemoryType {
    std::uint32_t host_index = 0;
    bool guest_pages = false;  // allocations are guest pages, imported by a MemoryImporter
};

// A pure function of its arguments, kept as a table. Immutable, so any thread may use it.
class GuestMemoryTypes {
  public:
    // page_type_bits: host types that guest pages can back (HostOptions::page_type_bits).
    // Heaps are shown as the host's, each at most memory_limit_bytes large.
    GuestMemoryTypes(const VkPhysicalDeviceMemoryProperties& host, std::uint32_t page_type_bits,
                     std::uint64_t memory_limit_bytes);

    const VkPhysicalDeviceMemoryProperties& guest() const { return guest_; }
    // Null for an index that the guest was never shown.
    const GuestMemoryType* find(std::uint32_t guest_index) const {
        return guest_index < guest_.memoryTypeCount ? &types_[guest_index] : nullptr;
    }
    // VkMemoryRequirements::memoryTypeBits, as the guest counts types.
    std::uint32_t guest_type_bits(std::uint32_t host_type_bits) const;

  private:
    void add(const VkMemoryType& shown, GuestMemoryType behind);

    VkPhysicalDeviceMemoryProperties guest_{};
    std::array<GuestMemoryType, VK_MAX_MEMORY_TYPES> types_{};
};

}  // namespace vgpu::worker
