// Generated from the Vulkan registry by ring-protocol/generator; do not edit.
// Commands that cross, with what they carry.
#pragma once

#include <vulkan/vulkan.h>

#include <cstddef>
#include <cstdint>

#include "object_types.h"
#include "wire/description.h"
#include "wire/ids.h"
#include "wire/service_types.h"

namespace vgpu::wire {

enum class Command : std::uint16_t {
    vkCreateLamp = 16,
    vkDestroyLamp = 17,
    vkCreateScenes = 18,
    vkFreeCues = 19,
    vkGetLampModes = 20,
    vkGetLampProperties = 21,
    vkCmdSetDimmer = 22,
    vkCmdSetColour = 23,
    vkCmdLightLamps = 24,
    vkCmdMakeFogEXT = 27,
    vkCmdMixGels = 28,
    vkCmdProgramLamp = 25,
    vgpuAllocateCues = 26,
};

struct Args_vkCreateLamp {
    static constexpr Command kCommand = Command::vkCreateLamp;
    static constexpr Layout kLayout = Layout::Structured;
    VkDevice device;
    const VkLampCreateInfo* pCreateInfo;
    ObjectId pLamp;
    ObjectId device_id;
};
struct Reply_vkCreateLamp {
};

struct Args_vkDestroyLamp {
    static constexpr Command kCommand = Command::vkDestroyLamp;
    static constexpr Layout kLayout = Layout::Fixed;
    VkDevice device;
    VkLamp lamp;
    ObjectId device_id;
    ObjectId lamp_id;
};
struct Reply_vkDestroyLamp {
};

struct Args_vkCreateScenes {
    static constexpr Command kCommand = Command::vkCreateScenes;
    static constexpr Layout kLayout = Layout::Structured;
    VkDevice device;
    uint32_t createInfoCount;
    const VkSceneCreateInfo* pCreateInfos;
    const ObjectId* pScenes;
    ObjectId device_id;
};
struct Reply_vkCreateScenes {
};

struct Args_vkFreeCues {
    static constexpr Command kCommand = Command::vkFreeCues;
    static constexpr Layout kLayout = Layout::Flat;
    VkDevice device;
    VkCueList cueList;
    uint32_t cueCount;
    const VkCue* pCues;
    ObjectId device_id;
    ObjectId cueList_id;
    const ObjectId* pCues_ids;
};
struct Reply_vkFreeCues {
};

struct Args_vkGetLampModes {
    static constexpr Command kCommand = Command::vkGetLampModes;
    static constexpr Layout kLayout = Layout::Structured;
    VkDevice device;
    VkLamp lamp;
    uint32_t pModeCount;
    VkLampModeProperties* pModes;
    ObjectId device_id;
    ObjectId lamp_id;
};
struct Reply_vkGetLampModes {
    VkResult result;
    uint32_t pModeCount;
    VkLampModeProperties* pModes;
    std::uint64_t pModes_count;
    std::uint64_t pModes_capacity;
};

struct Args_vkGetLampProperties {
    static constexpr Command kCommand = Command::vkGetLampProperties;
    static constexpr Layout kLayout = Layout::Structured;
    VkDevice device;
    VkLamp lamp;
    VkLampProperties* pProperties;
    ObjectId device_id;
    ObjectId lamp_id;
};
struct Reply_vkGetLampProperties {
    VkLampProperties* pProperties;
};

struct Args_vkCmdSetDimmer {
    static constexpr Command kCommand = Command::vkCmdSetDimmer;
    static constexpr Layout kLayout = Layout::Fixed;
    VkCommandBuffer commandBuffer;
    float level;
    ObjectId commandBuffer_id;
};
struct Reply_vkCmdSetDimmer {
};

struct Args_vkCmdSetColour {
    static constexpr Command kCommand = Command::vkCmdSetColour;
    static constexpr Layout kLayout = Layout::Fixed;
    VkCommandBuffer commandBuffer;
    float colour[4];
    ObjectId commandBuffer_id;
};
struct Reply_vkCmdSetColour {
};

struct Args_vkCmdLightLamps {
    static constexpr Command kCommand = Command::vkCmdLightLamps;
    static constexpr Layout kLayout = Layout::Flat;
    VkCommandBuffer commandBuffer;
    uint32_t lampCount;
    const VkLamp* pLamps;
    VkLampMode mode;
    VkLampFlags flags;
    VkBool32 fade;
    ObjectId commandBuffer_id;
    const ObjectId* pLamps_ids;
};
struct Reply_vkCmdLightLamps {
};

struct Args_vkCmdMakeFogEXT {
    static constexpr Command kCommand = Command::vkCmdMakeFogEXT;
    static constexpr Layout kLayout = Layout::Structured;
    VkCommandBuffer commandBuffer;
    const VkFog* pFog;
    ObjectId commandBuffer_id;
};
struct Reply_vkCmdMakeFogEXT {
};

struct Args_vkCmdMixGels {
    static constexpr Command kCommand = Command::vkCmdMixGels;
    static constexpr Layout kLayout = Layout::Straight;
    VkCommandBuffer commandBuffer;
    uint32_t gelCount;
    const VkGel* pGels;
    const VkSceneCreateInfo* pScene;
    ObjectId commandBuffer_id;
};
struct Reply_vkCmdMixGels {
};

struct Args_vkCmdProgramLamp {
    static constexpr Command kCommand = Command::vkCmdProgramLamp;
    static constexpr Layout kLayout = Layout::Flat;
    VkCommandBuffer commandBuffer;
    VkLamp lamp;
    size_t dataSize;
    const void* pData;
    ObjectId commandBuffer_id;
    ObjectId lamp_id;
};
struct Reply_vkCmdProgramLamp {
};

struct Args_vgpuAllocateCues {
    static constexpr Command kCommand = Command::vgpuAllocateCues;
    static constexpr Layout kLayout = Layout::Structured;
    VkDevice device;
    VkCueList cueList;
    const VkCueAllocateInfo* pAllocateInfo;
    const ObjectId* pCues;
    ObjectId device_id;
    ObjectId cueList_id;
};
struct Reply_vgpuAllocateCues {
};

}  // namespace vgpu::wire
