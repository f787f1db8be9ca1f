// Pipelines, whose compilation takes longer than anything else: other channels go on meanwhile.
#include "replay/pipelines.h"
#include "replays.h"

namespace vgpu::replay {

void replay_vkCreateGraphicsPipelines(Replay& replay, wire::Args_vkCreateGraphicsPipelines& args,
                                      wire::Reply_vkCreateGraphicsPipelines&) {
    const char* name = "vkCreateGraphicsPipelines";
    create_beside<VkPipeline>(replay, args, args.pPipelines, name, [&](VkPipeline* made) {
        return replay.vk().vkCreateGraphicsPipelines(args.device, args.pipelineCache,
                                                     args.createInfoCount, args.pCreateInfos,
                                                     nullptr, made);
    });
}

void replay_vkCreateComputePipelines(Replay& replay, wire::Args_vkCreateComputePipelines& args,
                                     wire::Reply_vkCreateComputePipelines&) {
    const char* name = "vkCreateComputePipelines";
    create_beside<VkPipeline>(replay, args, args.pPipelines, name, [&](VkPipeline* made) {
        return replay.vk().vkCreateComputePipelines(args.device, args.pipelineCache,
                                                    args.createInfoCount, args.pCreateInfos,
                                                    nullptr, made);
    });
}

#ifdef VK_EXT_shader_object
void replay_vkCreateShadersEXT(Replay& replay, wire::Args_vkCreateShadersEXT& args,
                               wire::Reply_vkCreateShadersEXT&) {
    if (!replay.vk().vkCreateShadersEXT) return replay.unserved("vkCreateShadersEXT");
    for (std::uint32_t i = 0; i < args.createInfoCount; ++i)
        if (args.pCreateInfos[i].codeType != VK_SHADER_CODE_TYPE_SPIRV_EXT)
            return replay.fail("The guest makes a shader of a binary, which it cannot have.");
    create_beside<VkShaderEXT>(
        replay, args, args.pShaders, "vkCreateShadersEXT", [&](VkShaderEXT* made) {
            return replay.vk().vkCreateShadersEXT(args.device, args.createInfoCount,
                                                  args.pCreateInfos, nullptr, made);
        });
}
#endif

void replay_vkMergePipelineCaches(Replay& replay, wire::Args_vkMergePipelineCaches& args,
                                  wire::Reply_vkMergePipelineCaches&) {
    replay.state().wait_for_compiles();
    replay.expect(replay.vk().vkMergePipelineCaches(args.device, args.dstCache, args.srcCacheCount,
                                                    args.pSrcCaches),
                  "vkMergePipelineCaches");
}

}  // namespace vgpu::replay
