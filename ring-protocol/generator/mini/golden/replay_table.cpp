// Generated from the Vulkan registry by ring-protocol/generator; do not edit.
// The host's function for each command number.
#include "flat_codec.h"
#include "replay/replay.h"
#include "replays.h"

namespace vgpu::replay {

namespace {

template <typename Args, typename Reply, void (*kFunction)(Replay&, Args&, Reply&), bool kReplies>
void run(Replay& replay, wire::Reader& reader) {
    Args args{};
    if (!wire::decode_args(reader, args) || !reader.finish()) return;
    Reply reply{};
    kFunction(replay, args, reply);
    if constexpr (kReplies) replay.answer(Args::kCommand, &reply);
}

const Function kTable[] = {
    nullptr,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
    run<wire::Args_vkCreateLamp, wire::Reply_vkCreateLamp, replay_vkCreateLamp, false>,
    run<wire::Args_vkDestroyLamp, wire::Reply_vkDestroyLamp, replay_vkDestroyLamp, false>,
    run<wire::Args_vkCreateScenes, wire::Reply_vkCreateScenes, replay_vkCreateScenes, false>,
    run<wire::Args_vkFreeCues, wire::Reply_vkFreeCues, replay_vkFreeCues, false>,
    run<wire::Args_vkGetLampModes, wire::Reply_vkGetLampModes, replay_vkGetLampModes, true>,
    run<wire::Args_vkGetLampProperties, wire::Reply_vkGetLampProperties, replay_vkGetLampProperties, true>,
    run<wire::Args_vkCmdSetDimmer, wire::Reply_vkCmdSetDimmer, replay_vkCmdSetDimmer, false>,
    run<wire::Args_vkCmdSetColour, wire::Reply_vkCmdSetColour, replay_vkCmdSetColour, false>,
    run<wire::Args_vkCmdLightLamps, wire::Reply_vkCmdLightLamps, replay_vkCmdLightLamps, false>,
    run<wire::Args_vkCmdProgramLamp, wire::Reply_vkCmdProgramLamp, replay_vkCmdProgramLamp, false>,
    run<wire::Args_vgpuAllocateCues, wire::Reply_vgpuAllocateCues, replay_vgpuAllocateCues, false>,
    run<wire::Args_vkCmdMakeFogEXT, wire::Reply_vkCmdMakeFogEXT, replay_vkCmdMakeFogEXT, false>,
};

}  // namespace

const std::span<const Function> kFunctions{kTable};

}  // namespace vgpu::replay
