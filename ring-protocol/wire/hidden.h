// Features and limits of the host's driver whose promise does not hold across domains.
#pragma once

#include <cstdint>
#include <span>

namespace vgpu::wire {

struct HiddenMember {
    const char* name;  // "VkPhysicalDeviceVulkan12Features.bufferDeviceAddressCaptureReplay"
    std::uint32_t stype;
    std::uint16_t offset;
    std::uint16_t size;
};
// Generated, from the lines of policy.toml that say `hidden`.
extern const std::span<const HiddenMember> kHiddenMembers;

// Makes them 0 in the structures behind a pNext, as if the driver had said so.
void hide(void* next);
// The name of one that the structures behind a pNext ask for, or null.
const char* asks_for_hidden(const void* next);

}  // namespace vgpu::wire
