// Generated from the Vulkan registry by ring-protocol/generator; do not edit.
// Every entry point by name.
#include "entries.h"

#include <algorithm>
#include <cstring>
#include <iterator>

namespace vgpu::icd {

namespace {

// Sorted by name.
const Entry kEntries[] = {
    {"vkAllocateCues", reinterpret_cast<PFN_vkVoidFunction>(entry_vkAllocateCues), nullptr, true, VK_API_VERSION_1_0},
    {"vkCmdLightLamps", reinterpret_cast<PFN_vkVoidFunction>(entry_vkCmdLightLamps), nullptr, true, VK_API_VERSION_1_0},
    {"vkCmdProgramLamp", reinterpret_cast<PFN_vkVoidFunction>(entry_vkCmdProgramLamp), nullptr, true, VK_API_VERSION_1_0},
    {"vkCmdSetColour", reinterpret_cast<PFN_vkVoidFunction>(entry_vkCmdSetColour), nullptr, true, VK_API_VERSION_1_0},
    {"vkCmdSetDimmer", reinterpret_cast<PFN_vkVoidFunction>(entry_vkCmdSetDimmer), nullptr, true, VK_API_VERSION_1_0},
    {"vkCreateLamp", reinterpret_cast<PFN_vkVoidFunction>(entry_vkCreateLamp), nullptr, true, VK_API_VERSION_1_0},
    {"vkCreateScenes", reinterpret_cast<PFN_vkVoidFunction>(entry_vkCreateScenes), nullptr, true, VK_API_VERSION_1_0},
    {"vkDestroyLamp", reinterpret_cast<PFN_vkVoidFunction>(entry_vkDestroyLamp), nullptr, true, VK_API_VERSION_1_0},
    {"vkFreeCues", reinterpret_cast<PFN_vkVoidFunction>(entry_vkFreeCues), nullptr, true, VK_API_VERSION_1_0},
    {"vkGetLampModes", reinterpret_cast<PFN_vkVoidFunction>(entry_vkGetLampModes), nullptr, true, VK_API_VERSION_1_0},
    {"vkGetLampProperties", reinterpret_cast<PFN_vkVoidFunction>(entry_vkGetLampProperties), nullptr, true, VK_API_VERSION_1_0},
};

}  // namespace

const Entry* find_entry(const char* name) {
    const auto* at = std::lower_bound(
        std::begin(kEntries), std::end(kEntries), name,
        [](const Entry& entry, const char* wanted) { return std::strcmp(entry.name, wanted) < 0; });
    return at != std::end(kEntries) && std::strcmp(at->name, name) == 0 ? at : nullptr;
}

}  // namespace vgpu::icd
