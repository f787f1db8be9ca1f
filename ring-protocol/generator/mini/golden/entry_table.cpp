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
    {"vkAllocateCues", reinterpret_cast<PFN_vkVoidFunction>(entry_vkAllocateCues), nullptr, true},
    {"vkCmdLightLamps", reinterpret_cast<PFN_vkVoidFunction>(entry_vkCmdLightLamps), nullptr, true},
    {"vkCmdProgramLamp", reinterpret_cast<PFN_vkVoidFunction>(entry_vkCmdProgramLamp), nullptr, true},
    {"vkCmdSetColour", reinterpret_cast<PFN_vkVoidFunction>(entry_vkCmdSetColour), nullptr, true},
    {"vkCmdSetDimmer", reinterpret_cast<PFN_vkVoidFunction>(entry_vkCmdSetDimmer), nullptr, true},
    {"vkCreateLamp", reinterpret_cast<PFN_vkVoidFunction>(entry_vkCreateLamp), nullptr, true},
    {"vkCreateScenes", reinterpret_cast<PFN_vkVoidFunction>(entry_vkCreateScenes), nullptr, true},
    {"vkDestroyLamp", reinterpret_cast<PFN_vkVoidFunction>(entry_vkDestroyLamp), nullptr, true},
    {"vkFreeCues", reinterpret_cast<PFN_vkVoidFunction>(entry_vkFreeCues), nullptr, true},
    {"vkGetLampModes", reinterpret_cast<PFN_vkVoidFunction>(entry_vkGetLampModes), nullptr, true},
    {"vkGetLampProperties", reinterpret_cast<PFN_vkVoidFunction>(entry_vkGetLampProperties), nullptr, true},
};

}  // namespace

const Entry* find_entry(const char* name) {
    const auto* at = std::lower_bound(
        std::begin(kEntries), std::end(kEntries), name,
        [](const Entry& entry, const char* wanted) { return std::strcmp(entry.name, wanted) < 0; });
    return at != std::end(kEntries) && std::strcmp(at->name, name) == 0 ? at : nullptr;
}

}  // namespace vgpu::icd
