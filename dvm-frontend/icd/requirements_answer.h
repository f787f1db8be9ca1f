// Turns a question for memory requirements into what is kept, and what is kept into an answer.
#pragma once

#include "icd/memory_requirements.h"

namespace vgpu::icd {

// Asks for everything that can be kept: call(VkMemoryRequirements2&) returns false when the
// context is lost.
template <typename Call>
bool ask_with_dedicated(KeptRequirements& asked, Call&& call) {
    VkMemoryDedicatedRequirements dedicated{.sType =
                                                VK_STRUCTURE_TYPE_MEMORY_DEDICATED_REQUIREMENTS};
    VkMemoryRequirements2 requirements{.sType = VK_STRUCTURE_TYPE_MEMORY_REQUIREMENTS_2,
                                       .pNext = &dedicated};
    if (!call(requirements)) return false;
    asked.memory = requirements.memoryRequirements;
    asked.dedicated_known = true;
    asked.prefers_dedicated = dedicated.prefersDedicatedAllocation;
    asked.requires_dedicated = dedicated.requiresDedicatedAllocation;
    return true;
}

// False when the chain asks for something that is not kept.
bool answer(const KeptRequirements& kept, VkMemoryRequirements2& requirements);

}  // namespace vgpu::icd
