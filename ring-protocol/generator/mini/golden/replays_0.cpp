// Generated from the Vulkan registry by ring-protocol/generator; do not edit.
// Calls of the driver.
#include "replay/run.h"
#include "replays.h"

namespace vgpu::replay {

void replay_vkCreateLamp(Replay& replay, wire::Args_vkCreateLamp& args,
                           wire::Reply_vkCreateLamp& reply) {
    (void)reply;
    if (!replay.vk().vkCreateLamp) return replay.unserved("vkCreateLamp");
    VkLamp made{};
    const VkResult result = replay.vk().vkCreateLamp(args.device, args.pCreateInfo, nullptr, &made);
    replay.made(args.pLamp, made, result, false, "vkCreateLamp");
}

void replay_vkDestroyLamp(Replay& replay, wire::Args_vkDestroyLamp& args,
                           wire::Reply_vkDestroyLamp& reply) {
    (void)reply;
    if (!replay.vk().vkDestroyLamp) return replay.unserved("vkDestroyLamp");
    replay.destroy(args.lamp_id, [vk = &replay.vk(), args] {
        vk->vkDestroyLamp(args.device, args.lamp, nullptr);
    });
}

void replay_vkCreateScenes(Replay& replay, wire::Args_vkCreateScenes& args,
                           wire::Reply_vkCreateScenes& reply) {
    (void)reply;
    if (!replay.vk().vkCreateScenes) return replay.unserved("vkCreateScenes");
    auto* made = replay.scratch<VkScene>(args.createInfoCount);
    if (!made) return;
    const VkResult result = replay.vk().vkCreateScenes(args.device, args.createInfoCount, args.pCreateInfos, nullptr, made);
    replay.made_many(args.pScenes, made, args.createInfoCount, result, false, "vkCreateScenes");
}

void replay_vkFreeCues(Replay& replay, wire::Args_vkFreeCues& args,
                           wire::Reply_vkFreeCues& reply) {
    (void)reply;
    if (!replay.vk().vkFreeCues) return replay.unserved("vkFreeCues");
    if (!replay.freed(args.pCues_ids, args.cueCount, args.cueList_id)) return;
    replay.vk().vkFreeCues(args.device, args.cueList, args.cueCount, args.pCues);
}

void replay_vkGetLampModes(Replay& replay, wire::Args_vkGetLampModes& args,
                           wire::Reply_vkGetLampModes& reply) {
    if (!replay.vk().vkGetLampModes) return replay.unserved("vkGetLampModes");
    reply.result = replay.vk().vkGetLampModes(args.device, args.lamp, &args.pModeCount, args.pModes);
    reply.pModeCount = args.pModeCount;
    reply.pModes = args.pModes;
    reply.pModes_count = args.pModes ? args.pModeCount : 0;
}

void replay_vkGetLampProperties(Replay& replay, wire::Args_vkGetLampProperties& args,
                           wire::Reply_vkGetLampProperties& reply) {
    if (!replay.vk().vkGetLampProperties) return replay.unserved("vkGetLampProperties");
    replay.vk().vkGetLampProperties(args.device, args.lamp, args.pProperties);
    reply.pProperties = args.pProperties;
}

void replay_vkCmdSetDimmer(Replay& replay, wire::Args_vkCmdSetDimmer& args,
                           wire::Reply_vkCmdSetDimmer& reply) {
    (void)reply;
    if (!replay.vk().vkCmdSetDimmer) return replay.unserved("vkCmdSetDimmer");
    replay.vk().vkCmdSetDimmer(args.commandBuffer, args.level);
}

void replay_vkCmdSetColour(Replay& replay, wire::Args_vkCmdSetColour& args,
                           wire::Reply_vkCmdSetColour& reply) {
    (void)reply;
    if (!replay.vk().vkCmdSetColour) return replay.unserved("vkCmdSetColour");
    replay.vk().vkCmdSetColour(args.commandBuffer, args.colour);
}

void replay_vkCmdLightLamps(Replay& replay, wire::Args_vkCmdLightLamps& args,
                           wire::Reply_vkCmdLightLamps& reply) {
    (void)reply;
    if (!replay.vk().vkCmdLightLamps) return replay.unserved("vkCmdLightLamps");
    replay.vk().vkCmdLightLamps(args.commandBuffer, args.lampCount, args.pLamps, args.mode, args.flags, args.fade);
}

void replay_vkCmdMakeFogEXT(Replay& replay, wire::Args_vkCmdMakeFogEXT& args,
                           wire::Reply_vkCmdMakeFogEXT& reply) {
    (void)reply;
    if (!replay.vk().vkCmdMakeFogEXT) return replay.unserved("vkCmdMakeFogEXT");
    replay.vk().vkCmdMakeFogEXT(args.commandBuffer, args.pFog);
}

void replay_vkCmdMixGels(Replay& replay, wire::Args_vkCmdMixGels& args,
                           wire::Reply_vkCmdMixGels& reply) {
    (void)reply;
    if (!replay.vk().vkCmdMixGels) return replay.unserved("vkCmdMixGels");
    replay.vk().vkCmdMixGels(args.commandBuffer, args.gelCount, args.pGels, args.pScene);
}

void replay_vkCmdProgramLamp(Replay& replay, wire::Args_vkCmdProgramLamp& args,
                           wire::Reply_vkCmdProgramLamp& reply) {
    (void)reply;
    if (!replay.vk().vkCmdProgramLamp) return replay.unserved("vkCmdProgramLamp");
    replay.vk().vkCmdProgramLamp(args.commandBuffer, args.lamp, args.dataSize, args.pData);
}

void run_vkCreateLamp(Replay& replay, Payload payload) {
    run<wire::Args_vkCreateLamp, wire::Reply_vkCreateLamp, replay_vkCreateLamp, false>(replay, payload);
}
void run_vkDestroyLamp(Replay& replay, Payload payload) {
    run<wire::Args_vkDestroyLamp, wire::Reply_vkDestroyLamp, replay_vkDestroyLamp, false>(replay, payload);
}
void run_vkCreateScenes(Replay& replay, Payload payload) {
    run<wire::Args_vkCreateScenes, wire::Reply_vkCreateScenes, replay_vkCreateScenes, false>(replay, payload);
}
void run_vkFreeCues(Replay& replay, Payload payload) {
    run<wire::Args_vkFreeCues, wire::Reply_vkFreeCues, replay_vkFreeCues, false>(replay, payload);
}
void run_vkGetLampModes(Replay& replay, Payload payload) {
    run<wire::Args_vkGetLampModes, wire::Reply_vkGetLampModes, replay_vkGetLampModes, true>(replay, payload);
}
void run_vkGetLampProperties(Replay& replay, Payload payload) {
    run<wire::Args_vkGetLampProperties, wire::Reply_vkGetLampProperties, replay_vkGetLampProperties, true>(replay, payload);
}
void run_vkCmdSetDimmer(Replay& replay, Payload payload) {
    run<wire::Args_vkCmdSetDimmer, wire::Reply_vkCmdSetDimmer, replay_vkCmdSetDimmer, false>(replay, payload);
}
void run_vkCmdSetColour(Replay& replay, Payload payload) {
    run<wire::Args_vkCmdSetColour, wire::Reply_vkCmdSetColour, replay_vkCmdSetColour, false>(replay, payload);
}
void run_vkCmdLightLamps(Replay& replay, Payload payload) {
    run<wire::Args_vkCmdLightLamps, wire::Reply_vkCmdLightLamps, replay_vkCmdLightLamps, false>(replay, payload);
}
void run_vkCmdMakeFogEXT(Replay& replay, Payload payload) {
    run<wire::Args_vkCmdMakeFogEXT, wire::Reply_vkCmdMakeFogEXT, replay_vkCmdMakeFogEXT, false>(replay, payload);
}
void run_vkCmdMixGels(Replay& replay, Payload payload) {
    run<wire::Args_vkCmdMixGels, wire::Reply_vkCmdMixGels, replay_vkCmdMixGels, false>(replay, payload);
}
void run_vkCmdProgramLamp(Replay& replay, Payload payload) {
    run<wire::Args_vkCmdProgramLamp, wire::Reply_vkCmdProgramLamp, replay_vkCmdProgramLamp, false>(replay, payload);
}
void run_vgpuAllocateCues(Replay& replay, Payload payload) {
    run<wire::Args_vgpuAllocateCues, wire::Reply_vgpuAllocateCues, replay_vgpuAllocateCues, false>(replay, payload);
}

}  // namespace vgpu::replay
