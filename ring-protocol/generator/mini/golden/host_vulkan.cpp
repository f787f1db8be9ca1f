// Generated from the Vulkan registry by ring-protocol/generator; do not edit.
// Loads the host driver's functions.
#include "host_vulkan.h"

namespace vgpu::replay {

HostVulkan load_host_vulkan(VkInstance instance, uint32_t version,
                            PFN_vkGetInstanceProcAddr get) {
    (void)version;
    HostVulkan vk;
    vk.vkCreateLamp = reinterpret_cast<PFN_vkCreateLamp>(get(instance, "vkCreateLamp"));
    vk.vkDestroyLamp = reinterpret_cast<PFN_vkDestroyLamp>(get(instance, "vkDestroyLamp"));
    vk.vkCreateScenes = reinterpret_cast<PFN_vkCreateScenes>(get(instance, "vkCreateScenes"));
    vk.vkFreeCues = reinterpret_cast<PFN_vkFreeCues>(get(instance, "vkFreeCues"));
    vk.vkGetLampModes = reinterpret_cast<PFN_vkGetLampModes>(get(instance, "vkGetLampModes"));
    vk.vkGetLampProperties = reinterpret_cast<PFN_vkGetLampProperties>(get(instance, "vkGetLampProperties"));
    vk.vkCmdSetDimmer = reinterpret_cast<PFN_vkCmdSetDimmer>(get(instance, "vkCmdSetDimmer"));
    vk.vkCmdSetColour = reinterpret_cast<PFN_vkCmdSetColour>(get(instance, "vkCmdSetColour"));
    vk.vkCmdLightLamps = reinterpret_cast<PFN_vkCmdLightLamps>(get(instance, "vkCmdLightLamps"));
    vk.vkCmdMakeFogEXT = reinterpret_cast<PFN_vkCmdMakeFogEXT>(get(instance, "vkCmdMakeFogEXT"));
    vk.vkCmdMixGels = reinterpret_cast<PFN_vkCmdMixGels>(get(instance, "vkCmdMixGels"));
    if (version >= VK_API_VERSION_1_2)
        vk.vkCmdProgramLamp = reinterpret_cast<PFN_vkCmdProgramLamp>(get(instance, "vkCmdProgramLamp"));
    if (!vk.vkCmdProgramLamp)
        vk.vkCmdProgramLamp = reinterpret_cast<PFN_vkCmdProgramLamp>(get(instance, "vkCmdProgramLampEXT"));
    if (!vk.vkCmdProgramLamp)
        vk.vkCmdProgramLamp = reinterpret_cast<PFN_vkCmdProgramLamp>(get(instance, "vkCmdProgramLamp"));
    vk.vkAllocateCues = reinterpret_cast<PFN_vkAllocateCues>(get(instance, "vkAllocateCues"));
    return vk;
}

}  // namespace vgpu::replay
