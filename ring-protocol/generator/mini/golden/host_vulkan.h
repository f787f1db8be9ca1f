// Generated from the Vulkan registry by ring-protocol/generator; do not edit.
// The host driver's functions, as the loader gives them for an instance.
#pragma once

#include <vulkan/vulkan.h>

namespace vgpu::replay {

struct HostVulkan {
    PFN_vkCreateLamp vkCreateLamp = nullptr;
    PFN_vkDestroyLamp vkDestroyLamp = nullptr;
    PFN_vkCreateScenes vkCreateScenes = nullptr;
    PFN_vkFreeCues vkFreeCues = nullptr;
    PFN_vkGetLampModes vkGetLampModes = nullptr;
    PFN_vkGetLampProperties vkGetLampProperties = nullptr;
    PFN_vkCmdSetDimmer vkCmdSetDimmer = nullptr;
    PFN_vkCmdSetColour vkCmdSetColour = nullptr;
    PFN_vkCmdLightLamps vkCmdLightLamps = nullptr;
    PFN_vkCmdMakeFogEXT vkCmdMakeFogEXT = nullptr;
    PFN_vkCmdMixGels vkCmdMixGels = nullptr;
    PFN_vkCmdProgramLamp vkCmdProgramLamp = nullptr;
    PFN_vkAllocateCues vkAllocateCues = nullptr;
};

// `version` is what the device serves. A command that came to the core later is loaded by the
// name that its extension gave it: the loader has a function for every name it knows, but the
// core's leads nowhere on such a device.
HostVulkan load_host_vulkan(VkInstance instance, uint32_t version,
                            PFN_vkGetInstanceProcAddr get);

}  // namespace vgpu::replay
