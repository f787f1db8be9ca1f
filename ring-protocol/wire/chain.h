// Looks into pNext chains.
#pragma once

#include <vulkan/vulkan.h>

namespace vgpu {

// The structure of that type behind a `pNext`, or null.
template <typename Structure>
const Structure* find_in_chain(const void* next, VkStructureType type) {
    for (auto* at = static_cast<const VkBaseInStructure*>(next); at; at = at->pNext)
        if (at->sType == type) return reinterpret_cast<const Structure*>(at);
    return nullptr;
}
template <typename Structure>
Structure* find_in_chain(void* next, VkStructureType type) {
    return const_cast<Structure*>(find_in_chain<Structure>(static_cast<const void*>(next), type));
}

}  // namespace vgpu
