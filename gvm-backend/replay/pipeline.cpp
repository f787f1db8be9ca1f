// Graphics and compute pipelines, and shader objects, which are pipelines of one stage.
#include "replay/pipelines.h"

#include "replays.h"

namespace vgpu::replay {

namespace {

struct ComputePipelines : PipelineKind {
    using Info = VkComputePipelineCreateInfo;
    static Stages stages_of(Replay&, const Info& info) {
        Stages stages;
        add_stages(stages, &info.stage, 1);
        return stages;
    }
    static VkResult compile(const HostVulkan& vk, VkDevice device, VkPipelineCache cache,
                            std::uint32_t n, const Info* infos, VkPipeline* made) {
        return vk.vkCreateComputePipelines(device, cache, n, infos, nullptr, made);
    }
};

struct GraphicsPipelines : PipelineKind {
    using Info = VkGraphicsPipelineCreateInfo;
    static Stages stages_of(Replay&, const Info& info) {
        Stages stages;
        if (info.pStages) add_stages(stages, info.pStages, info.stageCount);
        const auto* groups = find_in_chain<VkGraphicsPipelineShaderGroupsCreateInfoNV>(
            info.pNext, VK_STRUCTURE_TYPE_GRAPHICS_PIPELINE_SHADER_GROUPS_CREATE_INFO_NV);
        if (groups && groups->pGroups)
            for (std::uint32_t i = 0; i < groups->groupCount; ++i)
                if (groups->pGroups[i].pStages)
                    add_stages(stages, groups->pGroups[i].pStages, groups->pGroups[i].stageCount);
        return stages;
    }
    static VkResult compile(const HostVulkan& vk, VkDevice device, VkPipelineCache cache,
                            std::uint32_t n, const Info* infos, VkPipeline* made) {
        return vk.vkCreateGraphicsPipelines(device, cache, n, infos, nullptr, made);
    }
};

#ifdef VK_EXT_shader_object
struct ShaderObjects {
    using Info = VkShaderCreateInfoEXT;
    using Handle = VkShaderEXT;
    static constexpr bool kTogether = true;  // stages may be linked
    // The gate looks at stages of pipelines: this one lies beside the command's arguments.
    static Stages stages_of(Replay& replay, const Info& info) {
        auto* code = replay.scratch<VkShaderModuleCreateInfo>(1);
        auto* stage = replay.scratch<VkPipelineShaderStageCreateInfo>(1);
        if (!code || !stage) return {};
        *code = {};
        code->sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO;
        code->codeSize = info.codeSize;
        code->pCode = static_cast<const std::uint32_t*>(info.pCode);
        *stage = {};
        stage->sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO;
        stage->pNext = code;
        stage->stage = info.stage;
        stage->pName = info.pName;
        stage->pSpecializationInfo = info.pSpecializationInfo;
        return {stage};
    }
    static std::shared_ptr<const gate::PipelineLayout> layout_of(Shaders& shaders,
                                                                 const Info& info) {
        auto layout = std::make_shared<gate::PipelineLayout>();
        for (std::uint32_t i = 0; info.pSetLayouts && i < info.setLayoutCount; ++i)
            layout->sets.push_back(shaders.sets.find(info.pSetLayouts[i]));
        if (info.pPushConstantRanges)
            layout->push_constants.assign(info.pPushConstantRanges,
                                          info.pPushConstantRanges + info.pushConstantRangeCount);
        return layout;
    }
    static void note(ContextState&, const Info&, VkShaderEXT) {}
    static VkResult compile(const HostVulkan& vk, VkDevice device, VkPipelineCache, std::uint32_t n,
                            const Info* infos, VkShaderEXT* made) {
        return vk.vkCreateShadersEXT(device, n, infos, nullptr, made);
    }
};
#endif

// A pipeline, or a shader object, which is judged as one. Null, and a violation, when it is
// neither.
wire::Slot* find_judged(Replay& replay, wire::ObjectId id) {
    constexpr auto kPipeline = static_cast<std::uint16_t>(wire::ObjectType::Pipeline);
    if (wire::Slot* slot = replay.table().find(id, kPipeline)) return slot;
#ifdef VK_EXT_shader_object
    constexpr auto kShader = static_cast<std::uint16_t>(wire::ObjectType::ShaderEXT);
    if (wire::Slot* slot = replay.table().find(id, kShader)) return slot;
#endif
    replay.fail(replay.table().why_not(id, kPipeline));
    return nullptr;
}

}  // namespace

void add_stages(Stages& stages, const VkPipelineShaderStageCreateInfo* some, std::uint32_t n) {
    for (std::uint32_t i = 0; i < n; ++i)
        stages.push_back(const_cast<VkPipelineShaderStageCreateInfo*>(&some[i]));
}

bool let_through(ContextState& state, Shaders& shaders, VkPipelineShaderStageCreateInfo& stage,
                 const ShaderModule* module, const gate::PipelineLayout* layout) {
    gate::Judged judged;
    if (module) {
        judged = module->judged;
        // It was told when the module was made.
        if (judged.refused || !module->host) return false;
        stage.module = module->host;
    } else if (stage.module) {
        return false;  // of another device, or gone
    }
    const auto* code = find_in_chain<VkShaderModuleCreateInfo>(
        stage.pNext, VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO);
    if (code) {
        const auto words = words_of(*code);
        {
            const auto watched = watch_check(state.compiles, words);
            judged = shaders.gate().judge(words);
        }
        if (judged.refused) {
            report_refusal(state.services, gate::name_of(words), *judged.refused);
            return false;
        }
    } else if (!module) {
        return false;  // no code at all
    }
    const gate::Verdict refused = shaders.gate().check(
        judged.shader.get(), {stage.stage, stage.pName, stage.pSpecializationInfo, layout});
    if (!refused) return true;
    report_refusal(state.services, gate::name_of(*judged.shader) + ", as a stage of a pipeline,",
                   *refused);
    return false;
}

void replay_vkCreateGraphicsPipelines(Replay& replay, wire::Args_vkCreateGraphicsPipelines& args,
                                      wire::Reply_vkCreateGraphicsPipelines&) {
    create_pipelines<GraphicsPipelines>(replay, args.device, args.pipelineCache,
                                        {args.pCreateInfos, args.createInfoCount}, args.pPipelines,
                                        "vkCreateGraphicsPipelines");
}

void replay_vkCreateComputePipelines(Replay& replay, wire::Args_vkCreateComputePipelines& args,
                                     wire::Reply_vkCreateComputePipelines&) {
    create_pipelines<ComputePipelines>(replay, args.device, args.pipelineCache,
                                       {args.pCreateInfos, args.createInfoCount}, args.pPipelines,
                                       "vkCreateComputePipelines");
}

#ifdef VK_EXT_shader_object
void replay_vkCreateShadersEXT(Replay& replay, wire::Args_vkCreateShadersEXT& args,
                               wire::Reply_vkCreateShadersEXT&) {
    const char* name = "vkCreateShadersEXT";
    if (!replay.vk().vkCreateShadersEXT) return replay.unserved(name);
    for (std::uint32_t i = 0; i < args.createInfoCount; ++i)
        if (args.pCreateInfos[i].codeType != VK_SHADER_CODE_TYPE_SPIRV_EXT)
            return replay.fail("The guest makes a shader of a binary, which it cannot have.");
    create_pipelines<ShaderObjects>(replay, args.device, VK_NULL_HANDLE,
                                    {args.pCreateInfos, args.createInfoCount}, args.pShaders, name);
}
#endif

void replay_vgpuJudgePipelines(Replay& replay, wire::Args_vgpuJudgePipelines& args,
                               wire::Reply_vgpuJudgePipelines& reply) {
    for (std::uint32_t i = 0; i < args.pipelineCount; ++i) {
        wire::Slot* slot = find_judged(replay, args.pIds[i]);
        if (!slot) return;
        const bool refused = slot->host.load(std::memory_order_acquire) == wire::Slot::kFailed;
        args.pResults[i] = refused ? VK_ERROR_INVALID_SHADER_NV : VK_SUCCESS;
        if (refused) replay.table().erase(*slot);
    }
    reply.pResults = args.pResults;
    reply.pResults_count = args.pipelineCount;
}

void replay_vkMergePipelineCaches(Replay& replay, wire::Args_vkMergePipelineCaches& args,
                                  wire::Reply_vkMergePipelineCaches&) {
    replay.state().wait_for_compiles();
    replay.expect(replay.vk().vkMergePipelineCaches(args.device, args.dstCache, args.srcCacheCount,
                                                    args.pSrcCaches),
                  "vkMergePipelineCaches");
}

}  // namespace vgpu::replay
