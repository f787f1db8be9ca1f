// Pipelines, whose compilation takes longer than anything else: other channels go on meanwhile.
#include "replay/replay.h"
#include "replays.h"

namespace vgpu::replay {

namespace {

// Enters the pipelines as pending, lets later commands run, compiles, and settles. Who names a
// pending pipeline waits for it; who ends something that a compilation may use waits too.
template <typename Handle, typename Args, typename Compile>
void create(Replay& replay, const Args& args, const wire::ObjectId* ids, const char* command,
            const Compile& compile) {
    const std::uint32_t n = args.createInfoCount;
    auto* made = replay.scratch<Handle>(n);
    auto** slots = replay.scratch<wire::Slot*>(n);
    if (!made || !slots) return;
    for (std::uint32_t i = 0; i < n; ++i)
        if (!(slots[i] = replay.insert_pending<Handle>(ids[i]))) return;
    replay.state().compiles.begin();
    replay.leave_turn();
    replay.services().completion_watch().hand_over();  // this takes long
    const VkResult result = compile(made);
    // First the reason, so that those who waited in vain do not tell another.
    replay.expect(result, command);
    for (std::uint32_t i = 0; i < n; ++i)
        slots[i]->settle(made[i] ? reinterpret_cast<std::uint64_t>(made[i]) : wire::Slot::kFailed);
    replay.state().compiles.end();
}

}  // namespace

void replay_vkCreateGraphicsPipelines(Replay& replay, wire::Args_vkCreateGraphicsPipelines& args,
                                      wire::Reply_vkCreateGraphicsPipelines&) {
    const char* name = "vkCreateGraphicsPipelines";
    create<VkPipeline>(replay, args, args.pPipelines, name, [&](VkPipeline* made) {
        return replay.vk().vkCreateGraphicsPipelines(args.device, args.pipelineCache,
                                                     args.createInfoCount, args.pCreateInfos,
                                                     nullptr, made);
    });
}

void replay_vkCreateComputePipelines(Replay& replay, wire::Args_vkCreateComputePipelines& args,
                                     wire::Reply_vkCreateComputePipelines&) {
    const char* name = "vkCreateComputePipelines";
    create<VkPipeline>(replay, args, args.pPipelines, name, [&](VkPipeline* made) {
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
    create<VkShaderEXT>(replay, args, args.pShaders, "vkCreateShadersEXT", [&](VkShaderEXT* made) {
        return replay.vk().vkCreateShadersEXT(args.device, args.createInfoCount, args.pCreateInfos,
                                              nullptr, made);
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
