// Generated from the Vulkan registry by ring-protocol/generator; do not edit.
// Entry points that carry their arguments across.
#include "entries.h"
#include "icd/forward.h"

namespace vgpu::icd {

VKAPI_ATTR VkResult VKAPI_CALL entry_vkCreateLamp(
    VkDevice device,
    const VkLampCreateInfo* pCreateInfo,
    const VkAllocationCallbacks* pAllocator,
    VkLamp* pLamp) {
    (void)pAllocator;
    Context& context = context_of(device);
    const wire::ObjectId id = context.new_id();
    if (id == 0) return VK_ERROR_OUT_OF_HOST_MEMORY;
    wire::Args_vkCreateLamp args{.device = device, .pCreateInfo = pCreateInfo, .pLamp = id};
    post(context, args);
    *pLamp = handle_of<VkLamp>(id);
    return context.lost() ? VK_ERROR_DEVICE_LOST : VK_SUCCESS;
}

VKAPI_ATTR void VKAPI_CALL entry_vkDestroyLamp(
    VkDevice device,
    VkLamp lamp,
    const VkAllocationCallbacks* pAllocator) {
    (void)pAllocator;
    if (!lamp) return;
    Context& context = context_of(device);
    context.order_after_all_channels();
    wire::Args_vkDestroyLamp args{.device = device, .lamp = lamp};
    post(context, args);
    context.recycle_id(id_of(lamp));
}

VKAPI_ATTR void VKAPI_CALL entry_vkFreeCues(
    VkDevice device,
    VkCueList cueList,
    uint32_t cueCount,
    const VkCue* pCues) {
    Context& context = context_of(device);
    context.order_after_all_channels();
    wire::Args_vkFreeCues args{.device = device, .cueList = cueList, .cueCount = cueCount, .pCues = pCues};
    post(context, args);
    for (std::uint32_t i = 0; i < cueCount; ++i)
        if (pCues[i]) context.recycle_id(id_of(pCues[i]));
}

VKAPI_ATTR VkResult VKAPI_CALL entry_vkGetLampModes(
    VkDevice device,
    VkLamp lamp,
    uint32_t* pModeCount,
    VkLampModeProperties* pModes) {
    Context& context = context_of(device);
    wire::Args_vkGetLampModes args{.device = device, .lamp = lamp, .pModeCount = pModes ? *pModeCount : 0, .pModes = pModes};
    wire::Reply_vkGetLampModes reply{};
    reply.pModes = pModes;
    reply.pModes_capacity = args.pModeCount;
    if (!call(context, args, reply)) {
        *pModeCount = 0;
        return VK_ERROR_DEVICE_LOST;
    }
    *pModeCount = reply.pModeCount;
    return reply.result;
}

VKAPI_ATTR void VKAPI_CALL entry_vkCmdSetDimmer(
    VkCommandBuffer commandBuffer,
    float level) {
    wire::Args_vkCmdSetDimmer args{.commandBuffer = commandBuffer, .level = level};
    record(commandBuffer, args);
}

VKAPI_ATTR void VKAPI_CALL entry_vkCmdSetColour(
    VkCommandBuffer commandBuffer,
    const float colour[4]) {
    wire::Args_vkCmdSetColour args{.commandBuffer = commandBuffer};
    std::memcpy(args.colour, colour, sizeof(args.colour));
    record(commandBuffer, args);
}

VKAPI_ATTR void VKAPI_CALL entry_vkCmdLightLamps(
    VkCommandBuffer commandBuffer,
    uint32_t lampCount,
    const VkLamp* pLamps,
    VkLampMode mode,
    VkLampFlags flags,
    VkBool32 fade) {
    wire::Args_vkCmdLightLamps args{.commandBuffer = commandBuffer, .lampCount = lampCount, .pLamps = pLamps, .mode = mode, .flags = flags, .fade = fade};
    record(commandBuffer, args);
}

VKAPI_ATTR void VKAPI_CALL entry_vkCmdMakeFogEXT(
    VkCommandBuffer commandBuffer,
    const VkFog* pFog) {
    wire::Args_vkCmdMakeFogEXT args{.commandBuffer = commandBuffer, .pFog = pFog};
    record(commandBuffer, args);
}

VKAPI_ATTR void VKAPI_CALL entry_vkCmdMixGels(
    VkCommandBuffer commandBuffer,
    uint32_t gelCount,
    const VkGel* pGels,
    const VkSceneCreateInfo* pScene) {
    wire::Args_vkCmdMixGels args{.commandBuffer = commandBuffer, .gelCount = gelCount, .pGels = pGels, .pScene = pScene};
    record(commandBuffer, args);
}

VKAPI_ATTR void VKAPI_CALL entry_vkCmdProgramLamp(
    VkCommandBuffer commandBuffer,
    VkLamp lamp,
    size_t dataSize,
    const void* pData) {
    wire::Args_vkCmdProgramLamp args{.commandBuffer = commandBuffer, .lamp = lamp, .dataSize = dataSize, .pData = pData};
    record(commandBuffer, args);
}

}  // namespace vgpu::icd
