// Pipelines, whose compilation is the longest of all commands.
#include "replay/replay.h"
#include "replays.h"

namespace vgpu::replay {

void replay_vkCreateGraphicsPipelines(Replay& replay, wire::Args_vkCreateGraphicsPipelines& args,
                                      wire::Reply_vkCreateGraphicsPipelines&) {
    auto* made = replay.scratch<VkPipeline>(args.createInfoCount);
    if (!made) return;
    const VkResult result = replay.vk().vkCreateGraphicsPipelines(
        args.device, args.pipelineCache, args.createInfoCount, args.pCreateInfos, nullptr, made);
    replay.made_many(args.pPipelines, made, args.createInfoCount, result, false,
                     "vkCreateGraphicsPipelines");
}

void replay_vkCreateComputePipelines(Replay& replay, wire::Args_vkCreateComputePipelines& args,
                                     wire::Reply_vkCreateComputePipelines&) {
    auto* made = replay.scratch<VkPipeline>(args.createInfoCount);
    if (!made) return;
    const VkResult result = replay.vk().vkCreateComputePipelines(
        args.device, args.pipelineCache, args.createInfoCount, args.pCreateInfos, nullptr, made);
    replay.made_many(args.pPipelines, made, args.createInfoCount, result, false,
                     "vkCreateComputePipelines");
}

}  // namespace vgpu::replay
