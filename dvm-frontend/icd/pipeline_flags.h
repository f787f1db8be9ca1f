// A pipeline's flags, wherever they stand.
#pragma once

#include <cstdint>

#include "wire/chain.h"

namespace vgpu::icd {

// The flags of 64 bits, in the chain, take the place of those in the structure; the low bits are
// the same (Vulkan specification, VkPipelineCreateFlags2CreateInfo).
template <typename Info>
std::uint64_t pipeline_flags(const Info& info) {
#ifdef VK_KHR_maintenance5
    if (const auto* flags = find_in_chain<VkPipelineCreateFlags2CreateInfoKHR>(
            info.pNext, VK_STRUCTURE_TYPE_PIPELINE_CREATE_FLAGS_2_CREATE_INFO_KHR))
        return flags->flags;
#endif
    return info.flags;
}

}  // namespace vgpu::icd
