// Pipelines: judged by the gate at once, then compiled beside everything else.
#include <algorithm>
#include <span>
#include <vector>

#include "replay/device.h"
#include "replay/replay.h"
#include "replays.h"

namespace vgpu::replay {

namespace {

using Stages = std::vector<VkPipelineShaderStageCreateInfo*>;

void add(Stages& stages, const VkPipelineShaderStageCreateInfo* some, std::uint32_t n) {
    // Decoded copies, this command's own.
    for (std::uint32_t i = 0; i < n; ++i)
        stages.push_back(const_cast<VkPipelineShaderStageCreateInfo*>(&some[i]));
}

template <typename Structure>
const Structure* find_in_chain(const void* next, VkStructureType type) {
    for (auto* each = static_cast<const VkBaseInStructure*>(next); each; each = each->pNext)
        if (each->sType == type) return reinterpret_cast<const Structure*>(each);
    return nullptr;
}

Stages stages_of(const VkComputePipelineCreateInfo& info) {
    Stages stages;
    add(stages, &info.stage, 1);
    return stages;
}

Stages stages_of(const VkGraphicsPipelineCreateInfo& info) {
    Stages stages;
    if (info.pStages) add(stages, info.pStages, info.stageCount);
    const auto* groups = find_in_chain<VkGraphicsPipelineShaderGroupsCreateInfoNV>(
        info.pNext, VK_STRUCTURE_TYPE_GRAPHICS_PIPELINE_SHADER_GROUPS_CREATE_INFO_NV);
    if (groups && groups->pGroups)
        for (std::uint32_t i = 0; i < groups->groupCount; ++i)
            if (groups->pGroups[i].pStages)
                add(stages, groups->pGroups[i].pStages, groups->pGroups[i].stageCount);
    return stages;
}

VkResult compile(const HostVulkan& vk, VkDevice device, VkPipelineCache cache, std::uint32_t n,
                 const VkGraphicsPipelineCreateInfo* infos, VkPipeline* made) {
    return vk.vkCreateGraphicsPipelines(device, cache, n, infos, nullptr, made);
}
VkResult compile(const HostVulkan& vk, VkDevice device, VkPipelineCache cache, std::uint32_t n,
                 const VkComputePipelineCreateInfo* infos, VkPipeline* made) {
    return vk.vkCreateComputePipelines(device, cache, n, infos, nullptr, made);
}

// One vkCreate*Pipelines: begun by its channel's thread, ended by whichever compiles. Keeps what it
// needs; the layouts, render passes and so on that it names end only after it (Compiles::may_use).
template <typename Info>
class Creation {
  public:
    // In the command's turn.
    template <typename Args>
    Creation(Replay& replay, const Args& args, const char* command)
        : state_(replay.state()),
          shaders_(*device_of(replay).shaders),
          command_(command),
          device_(args.device),
          cache_(args.pipelineCache) {
        for (std::uint32_t i = 0; i < args.createInfoCount; ++i) {
            Asked asked{&args.pCreateInfos[i], nullptr, stages_of(args.pCreateInfos[i]), {}, {}};
            asked.layout = shaders_.pipelines.find(asked.info->layout);
            for (const VkPipelineShaderStageCreateInfo* stage : asked.stages)
                asked.modules.push_back(stage->module ? shaders_.find(stage->module) : nullptr);
            asked_.push_back(std::move(asked));
        }
        all_ = asked_.size();
    }

    // Enters the pipelines as pending. Who names a pending pipeline waits for it; who ends
    // something that a compilation may use waits too. False after a violation.
    bool enter(Replay& replay, const wire::ObjectId* ids) {
        for (Asked& asked : asked_)
            if (!(asked.slot = replay.insert_pending<VkPipeline>(*ids++))) return false;
        return true;
    }

    // Settles what the gate refuses. The others' stages name the driver's modules afterwards.
    void judge() {
        std::erase_if(asked_, [&](Asked& asked) {
            const bool refused = !let_through(asked);
            if (refused) asked.slot->settle(wire::Slot::kFailed);
            return refused;
        });
    }

    void keep(std::shared_ptr<Replay::Memory> memory) { memory_ = std::move(memory); }
    bool empty() const { return asked_.empty(); }

    void compile_all() {
        const std::size_t n = asked_.size();
        std::vector<Info> infos;
        for (const Asked& asked : asked_) infos.push_back(*asked.info);
        if (n != all_) forget_indices(infos);
        std::vector<VkPipeline> made(n, VK_NULL_HANDLE);
        VkResult result;
        {
            const auto watched = state_.compiles.watch(command_);
            result = compile(state_.vk, device_, cache_, static_cast<std::uint32_t>(n),
                             infos.data(), made.data());
        }
        // First the reason, so that those who waited in vain do not tell another.
        expect(state_.services, result, command_);
        for (std::size_t i = 0; i < n; ++i)
            asked_[i].slot->settle(made[i] ? reinterpret_cast<std::uint64_t>(made[i])
                                           : wire::Slot::kFailed);
    }

  private:
    struct Asked {
        const Info* info;
        wire::Slot* slot;
        Stages stages;
        std::vector<std::shared_ptr<ShaderModule>> modules;  // by stage; null: its code is chained
        std::shared_ptr<const gate::PipelineLayout> layout;
    };

    bool let_through(Asked& asked) {
        for (std::size_t i = 0; i < asked.stages.size(); ++i)
            if (!let_through(asked, *asked.stages[i], asked.modules[i].get())) return false;
        return true;
    }

    bool let_through(const Asked& asked, VkPipelineShaderStageCreateInfo& stage,
                     const ShaderModule* module) {
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
            const auto watched = watch_check(state_.compiles, words_of(*code));
            judged = shaders_.gate().judge(words_of(*code));
            if (judged.refused) return report(words_of(*code), *judged.refused);
        } else if (!module) {
            return false;  // no code at all
        }
        const gate::Verdict refused = shaders_.gate().check(
            judged.shader.get(),
            {stage.stage, stage.pName, stage.pSpecializationInfo, asked.layout.get()});
        if (!refused) return true;
        report_refusal(state_.services,
                       gate::name_of(*judged.shader) + ", as a stage of a pipeline,", *refused);
        return false;
    }

    bool report(std::span<const std::uint32_t> words, const gate::Refusal& refused) {
        report_refusal(state_.services, gate::name_of(words), refused);
        return false;
    }

    // Indices of parents count pipelines that are not made: being derived only helps speed.
    static void forget_indices(std::vector<Info>& infos) {
        for (Info& info : infos) {
            info.flags &= ~VkPipelineCreateFlags{VK_PIPELINE_CREATE_DERIVATIVE_BIT};
            info.basePipelineIndex = -1;
            info.basePipelineHandle = VK_NULL_HANDLE;
        }
    }

    ContextState& state_;
    Shaders& shaders_;
    const char* const command_;
    const VkDevice device_;
    const VkPipelineCache cache_;
    std::vector<Asked> asked_;
    std::size_t all_ = 0;
    std::shared_ptr<Replay::Memory> memory_;
};

template <typename Info, typename Args>
void create(Replay& replay, const Args& args, const char* command) {
    auto creation = std::make_shared<Creation<Info>>(replay, args, command);
    if (!creation->enter(replay, args.pPipelines)) return;
    Compiles& compiles = replay.state().compiles;
    compiles.begin();
    replay.leave_turn();
    creation->judge();
    if (creation->empty()) return compiles.end();
    if (!replay.has_own_payload()) {
        creation->compile_all();
        return compiles.end();
    }
    creation->keep(replay.take_memory());
    compiles.run([creation, &compiles]() mutable {
        creation->compile_all();
        creation.reset();
        compiles.end();
    });
}

}  // namespace

void replay_vkCreateGraphicsPipelines(Replay& replay, wire::Args_vkCreateGraphicsPipelines& args,
                                      wire::Reply_vkCreateGraphicsPipelines&) {
    create<VkGraphicsPipelineCreateInfo>(replay, args, "vkCreateGraphicsPipelines");
}

void replay_vkCreateComputePipelines(Replay& replay, wire::Args_vkCreateComputePipelines& args,
                                     wire::Reply_vkCreateComputePipelines&) {
    create<VkComputePipelineCreateInfo>(replay, args, "vkCreateComputePipelines");
}

void replay_vgpuJudgePipelines(Replay& replay, wire::Args_vgpuJudgePipelines& args,
                               wire::Reply_vgpuJudgePipelines& reply) {
    constexpr auto kType = static_cast<std::uint16_t>(wire::ObjectType::Pipeline);
    for (std::uint32_t i = 0; i < args.pipelineCount; ++i) {
        wire::Slot* slot = replay.table().find(args.pIds[i], kType);
        if (!slot) return replay.fail(replay.table().why_not(args.pIds[i], kType));
        const bool refused = slot->host.load(std::memory_order_acquire) == wire::Slot::kFailed;
        args.pResults[i] = refused ? VK_ERROR_INVALID_SHADER_NV : VK_SUCCESS;
        if (refused) replay.table().erase(*slot);
    }
    reply.pResults = args.pResults;
    reply.pResults_count = args.pipelineCount;
}

void replay_vkMergePipelineCaches(Replay& replay, wire::Args_vkMergePipelineCaches& args,
                                  wire::Reply_vkMergePipelineCaches&) {
    replay.state().compiles.wait_for_none();
    replay.expect(replay.vk().vkMergePipelineCaches(args.device, args.dstCache, args.srcCacheCount,
                                                    args.pSrcCaches),
                  "vkMergePipelineCaches");
}

}  // namespace vgpu::replay
