// Generated from the Vulkan registry by ring-protocol/generator; do not edit.
// What the host does for each command; hand-written ones are in gvm-backend/replay.
#pragma once

#include "commands.h"
#include "replay/payload.h"

namespace vgpu::replay {

class Replay;

void replay_vkCreateLamp(Replay& replay, wire::Args_vkCreateLamp& args, wire::Reply_vkCreateLamp& reply);
void replay_vkDestroyLamp(Replay& replay, wire::Args_vkDestroyLamp& args, wire::Reply_vkDestroyLamp& reply);
void replay_vkCreateScenes(Replay& replay, wire::Args_vkCreateScenes& args, wire::Reply_vkCreateScenes& reply);
void replay_vkFreeCues(Replay& replay, wire::Args_vkFreeCues& args, wire::Reply_vkFreeCues& reply);
void replay_vkGetLampModes(Replay& replay, wire::Args_vkGetLampModes& args, wire::Reply_vkGetLampModes& reply);
void replay_vkGetLampProperties(Replay& replay, wire::Args_vkGetLampProperties& args, wire::Reply_vkGetLampProperties& reply);
void replay_vkCmdSetDimmer(Replay& replay, wire::Args_vkCmdSetDimmer& args, wire::Reply_vkCmdSetDimmer& reply);
void replay_vkCmdSetColour(Replay& replay, wire::Args_vkCmdSetColour& args, wire::Reply_vkCmdSetColour& reply);
void replay_vkCmdLightLamps(Replay& replay, wire::Args_vkCmdLightLamps& args, wire::Reply_vkCmdLightLamps& reply);
void replay_vkCmdMakeFogEXT(Replay& replay, wire::Args_vkCmdMakeFogEXT& args, wire::Reply_vkCmdMakeFogEXT& reply);
void replay_vkCmdMixGels(Replay& replay, wire::Args_vkCmdMixGels& args, wire::Reply_vkCmdMixGels& reply);
void replay_vkCmdProgramLamp(Replay& replay, wire::Args_vkCmdProgramLamp& args, wire::Reply_vkCmdProgramLamp& reply);
void replay_vgpuAllocateCues(Replay& replay, wire::Args_vgpuAllocateCues& args, wire::Reply_vgpuAllocateCues& reply);

// From a record's payload on: decodes it, does it, answers.
void run_vkCreateLamp(Replay& replay, Payload payload);
void run_vkDestroyLamp(Replay& replay, Payload payload);
void run_vkCreateScenes(Replay& replay, Payload payload);
void run_vkFreeCues(Replay& replay, Payload payload);
void run_vkGetLampModes(Replay& replay, Payload payload);
void run_vkGetLampProperties(Replay& replay, Payload payload);
void run_vkCmdSetDimmer(Replay& replay, Payload payload);
void run_vkCmdSetColour(Replay& replay, Payload payload);
void run_vkCmdLightLamps(Replay& replay, Payload payload);
void run_vkCmdMakeFogEXT(Replay& replay, Payload payload);
void run_vkCmdMixGels(Replay& replay, Payload payload);
void run_vkCmdProgramLamp(Replay& replay, Payload payload);
void run_vgpuAllocateCues(Replay& replay, Payload payload);

}  // namespace vgpu::replay
