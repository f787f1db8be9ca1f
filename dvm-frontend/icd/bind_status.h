// VkBindMemoryStatus: the result of one of several binds.
#pragma once

#include "wire/chain.h"

namespace vgpu::icd {

// A bind is posted: one that fails on the host loses the context.
inline void answer_bind_status(const void* next, VkResult result) {
#ifdef VK_KHR_maintenance6
    const auto* status =
        find_in_chain<VkBindMemoryStatusKHR>(next, VK_STRUCTURE_TYPE_BIND_MEMORY_STATUS_KHR);
    if (status && status->pResult) *status->pResult = result;
#else
    (void)next;
    (void)result;
#endif
}

}  // namespace vgpu::icd
