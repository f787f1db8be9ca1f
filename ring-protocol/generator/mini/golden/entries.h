// Generated from the Vulkan registry by ring-protocol/generator; do not edit.
// Every Vulkan entry point of the guest.
#pragma once

#include <span>

#include <vulkan/vulkan.h>

namespace vgpu::icd {

VKAPI_ATTR VkResult VKAPI_CALL entry_vkCreateLamp(
    VkDevice device,
    const VkLampCreateInfo* pCreateInfo,
    const VkAllocationCallbacks* pAllocator,
    VkLamp* pLamp);
VKAPI_ATTR void VKAPI_CALL entry_vkDestroyLamp(
    VkDevice device,
    VkLamp lamp,
    const VkAllocationCallbacks* pAllocator);
VKAPI_ATTR VkResult VKAPI_CALL entry_vkCreateScenes(
    VkDevice device,
    uint32_t createInfoCount,
    const VkSceneCreateInfo* pCreateInfos,
    const VkAllocationCallbacks* pAllocator,
    VkScene* pScenes);
VKAPI_ATTR void VKAPI_CALL entry_vkFreeCues(
    VkDevice device,
    VkCueList cueList,
    uint32_t cueCount,
    const VkCue* pCues);
VKAPI_ATTR VkResult VKAPI_CALL entry_vkGetLampModes(
    VkDevice device,
    VkLamp lamp,
    uint32_t* pModeCount,
    VkLampModeProperties* pModes);
VKAPI_ATTR void VKAPI_CALL entry_vkGetLampProperties(
    VkDevice device,
    VkLamp lamp,
    VkLampProperties* pProperties);
VKAPI_ATTR void VKAPI_CALL entry_vkCmdSetDimmer(
    VkCommandBuffer commandBuffer,
    float level);
VKAPI_ATTR void VKAPI_CALL entry_vkCmdSetColour(
    VkCommandBuffer commandBuffer,
    const float colour[4]);
VKAPI_ATTR void VKAPI_CALL entry_vkCmdLightLamps(
    VkCommandBuffer commandBuffer,
    uint32_t lampCount,
    const VkLamp* pLamps,
    VkLampMode mode,
    VkLampFlags flags,
    VkBool32 fade);
VKAPI_ATTR void VKAPI_CALL entry_vkCmdMakeFogEXT(
    VkCommandBuffer commandBuffer,
    const VkFog* pFog);
VKAPI_ATTR void VKAPI_CALL entry_vkCmdMixGels(
    VkCommandBuffer commandBuffer,
    uint32_t gelCount,
    const VkGel* pGels,
    const VkSceneCreateInfo* pScene);
VKAPI_ATTR void VKAPI_CALL entry_vkCmdProgramLamp(
    VkCommandBuffer commandBuffer,
    VkLamp lamp,
    size_t dataSize,
    const void* pData);
VKAPI_ATTR VkResult VKAPI_CALL entry_vkAllocateCues(
    VkDevice device,
    const VkCueAllocateInfo* pAllocateInfo,
    VkCue* pCues);

// What vkGetInstanceProcAddr and vkGetDeviceProcAddr look up.
struct Entry {
    const char* name;
    PFN_vkVoidFunction function;
    std::span<const char* const> extensions;  // any of them brings it; none: core
    bool device_level;
    uint32_t version;  // of core; 0: an extension's
};
// Sorted by name.
extern const std::span<const Entry> kEntries;
// The entry of that name, or null.
const Entry* find_entry(const char* name);

}  // namespace vgpu::icd
