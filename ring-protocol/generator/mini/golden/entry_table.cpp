// Generated from the Vulkan registry by ring-protocol/generator; do not edit.
// Every entry point by name.
#include "entries.h"

#include <algorithm>
#include <cstring>

namespace vgpu::icd {

namespace {

constexpr const char* kBring0[] = {"VK_EXT_strobe"};

const Entry kEntryTable[] = {
    {"vkAllocateCues", reinterpret_cast<PFN_vkVoidFunction>(entry_vkAllocateCues), {}, true, VK_API_VERSION_1_0},
    {"vkCmdLightLamps", reinterpret_cast<PFN_vkVoidFunction>(entry_vkCmdLightLamps), {}, true, VK_API_VERSION_1_0},
    {"vkCmdMakeFogEXT", reinterpret_cast<PFN_vkVoidFunction>(entry_vkCmdMakeFogEXT), kBring0, true, 0},
    {"vkCmdMixGels", reinterpret_cast<PFN_vkVoidFunction>(entry_vkCmdMixGels), {}, true, VK_API_VERSION_1_2},
    {"vkCmdProgramLamp", reinterpret_cast<PFN_vkVoidFunction>(entry_vkCmdProgramLamp), {}, true, VK_API_VERSION_1_2},
    {"vkCmdProgramLampEXT", reinterpret_cast<PFN_vkVoidFunction>(entry_vkCmdProgramLamp), kBring0, true, 0},
    {"vkCmdSetColour", reinterpret_cast<PFN_vkVoidFunction>(entry_vkCmdSetColour), {}, true, VK_API_VERSION_1_0},
    {"vkCmdSetDimmer", reinterpret_cast<PFN_vkVoidFunction>(entry_vkCmdSetDimmer), {}, true, VK_API_VERSION_1_0},
    {"vkCreateLamp", reinterpret_cast<PFN_vkVoidFunction>(entry_vkCreateLamp), {}, true, VK_API_VERSION_1_0},
    {"vkCreateScenes", reinterpret_cast<PFN_vkVoidFunction>(entry_vkCreateScenes), {}, true, VK_API_VERSION_1_0},
    {"vkDestroyLamp", reinterpret_cast<PFN_vkVoidFunction>(entry_vkDestroyLamp), {}, true, VK_API_VERSION_1_0},
    {"vkFreeCues", reinterpret_cast<PFN_vkVoidFunction>(entry_vkFreeCues), {}, true, VK_API_VERSION_1_0},
    {"vkGetLampModes", reinterpret_cast<PFN_vkVoidFunction>(entry_vkGetLampModes), {}, true, VK_API_VERSION_1_0},
    {"vkGetLampProperties", reinterpret_cast<PFN_vkVoidFunction>(entry_vkGetLampProperties), {}, true, VK_API_VERSION_1_0},
};

}  // namespace

const std::span<const Entry> kEntries{kEntryTable};

const Entry* find_entry(const char* name) {
    const auto at = std::lower_bound(
        kEntries.begin(), kEntries.end(), name,
        [](const Entry& entry, const char* wanted) { return std::strcmp(entry.name, wanted) < 0; });
    return at != kEntries.end() && std::strcmp(at->name, name) == 0 ? &*at : nullptr;
}

}  // namespace vgpu::icd
