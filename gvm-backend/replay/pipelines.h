// How pipelines and shader objects are made: judged by the gate at once, then compiled by the
// driver beside everything else.
#pragma once

#include <algorithm>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "replay/device.h"
#include "replay/replay.h"
#include "wire/chain.h"

namespace vgpu::replay {

// Decoded copies, the command's own.
using Stages = std::vector<VkPipelineShaderStageCreateInfo*>;

void add_stages(Stages& stages, const VkPipelineShaderStageCreateInfo* some, std::uint32_t n);

// Whether the gate lets the stage of such a layout to the driver, whose own module it names then.
// What is refused is told to the administrator. Any thread.
bool let_through(ContextState& state, Shaders& shaders, VkPipelineShaderStageCreateInfo& stage,
                 const ShaderModule* module, const gate::PipelineLayout* layout);

// What a kind of pipelines brings. Each defines
//   using Info, Handle
//   kTogether: one that is refused takes the others of its command along
//   Stages stages_of(Replay&, const Info&)
//   std::shared_ptr<const gate::PipelineLayout> layout_of(Shaders&, const Info&)
//   VkResult compile(const HostVulkan&, VkDevice, VkPipelineCache, n, const Info*, Handle* made)
// and may hide the rest:
struct PipelineKind {
    using Handle = VkPipeline;
    static constexpr bool kTogether = false;
    template <typename Info>
    static std::shared_ptr<const gate::PipelineLayout> layout_of(Shaders& shaders,
                                                                 const Info& info) {
        return shaders.pipelines.find(info.layout);
    }
    // Of one that is made, before anybody can name it.
    template <typename Info>
    static void note(ContextState&, const Info&, VkPipeline) {}
    // Indices of parents count pipelines that are not made: being derived only helps speed.
    template <typename Info>
    static void forget_parent(Info& info) {
        info.flags &= ~VkPipelineCreateFlags{VK_PIPELINE_CREATE_DERIVATIVE_BIT};
        info.basePipelineIndex = -1;
        info.basePipelineHandle = VK_NULL_HANDLE;
    }
};

// One command that makes pipelines: begun by its channel's thread, ended by whichever compiles.
// Keeps what it needs; the layouts, render passes and so on that it names end only after it
// (Compiles::may_use).
template <typename Kind>
class Creation {
  public:
    using Info = typename Kind::Info;
    using Handle = typename Kind::Handle;

    // In the command's turn.
    Creation(Replay& replay, VkDevice device, VkPipelineCache cache, std::span<const Info> infos,
             const char* command)
        : state_(replay.state()),
          shaders_(*device_of(replay).shaders),
          command_(command),
          device_(device),
          cache_(cache),
          all_(infos.size()) {
        for (const Info& info : infos) {
            Asked asked{&info, nullptr, Kind::stages_of(replay, info), {}, {}};
            asked.layout = Kind::layout_of(shaders_, info);
            for (const VkPipelineShaderStageCreateInfo* stage : asked.stages)
                asked.modules.push_back(stage->module ? shaders_.find(stage->module) : nullptr);
            asked_.push_back(std::move(asked));
        }
    }

    // Enters the pipelines as pending. Who names a pending pipeline waits for it; who ends
    // something that a compilation may use waits too. False after a violation.
    bool enter(Replay& replay, const wire::ObjectId* ids) {
        if (replay.failed()) return false;
        for (Asked& asked : asked_)
            if (!(asked.slot = replay.insert_pending<Handle>(*ids++))) return false;
        return true;
    }

    // Settles what the gate refuses. The others' stages name the driver's modules afterwards.
    void judge() {
        const auto refuse = [](Asked& asked) { asked.slot->settle(wire::Slot::kFailed); };
        std::erase_if(asked_, [&](Asked& asked) {
            const bool refused = !judge(asked);
            if (refused) refuse(asked);
            return refused;
        });
        if (!Kind::kTogether || asked_.size() == all_) return;
        for (Asked& asked : asked_) refuse(asked);
        asked_.clear();
    }

    void keep(std::shared_ptr<Replay::Memory> memory) { memory_ = std::move(memory); }
    bool empty() const { return asked_.empty(); }

    void compile_all() {
        const std::size_t n = asked_.size();
        std::vector<Info> infos;
        for (const Asked& asked : asked_) infos.push_back(*asked.info);
        if constexpr (!Kind::kTogether)
            if (n != all_)
                for (Info& info : infos) Kind::forget_parent(info);
        std::vector<Handle> made(n, VK_NULL_HANDLE);
        VkResult result;
        {
            const auto watched = state_.compiles.watch(command_);
            result = Kind::compile(state_.vk, device_, cache_, static_cast<std::uint32_t>(n),
                                   infos.data(), made.data());
        }
        // First the reason, so that those who waited in vain do not tell another.
        expect(state_.services, result, command_);
        for (std::size_t i = 0; i < n; ++i) {
            if (made[i]) Kind::note(state_, infos[i], made[i]);
            asked_[i].slot->settle(made[i] ? reinterpret_cast<std::uint64_t>(made[i])
                                           : wire::Slot::kFailed);
        }
    }

  private:
    struct Asked {
        const Info* info;
        wire::Slot* slot;
        Stages stages;
        std::vector<std::shared_ptr<ShaderModule>> modules;  // by stage; null: its code is chained
        std::shared_ptr<const gate::PipelineLayout> layout;
    };

    bool judge(Asked& asked) {
        for (std::size_t i = 0; i < asked.stages.size(); ++i)
            if (!let_through(state_, shaders_, *asked.stages[i], asked.modules[i].get(),
                             asked.layout.get()))
                return false;
        return true;
    }

    ContextState& state_;
    Shaders& shaders_;
    const char* const command_;
    const VkDevice device_;
    const VkPipelineCache cache_;
    std::vector<Asked> asked_;
    const std::size_t all_;
    std::shared_ptr<Replay::Memory> memory_;
};

template <typename Kind>
void create_pipelines(Replay& replay, VkDevice device, VkPipelineCache cache,
                      std::span<const typename Kind::Info> infos, const wire::ObjectId* ids,
                      const char* command) {
    auto creation = std::make_shared<Creation<Kind>>(replay, device, cache, infos, command);
    if (!creation->enter(replay, ids)) return;
    Compiles& compiles = replay.state().compiles;
    compiles.begin();
    replay.leave_turn();
    replay.services().completion_watch().hand_over();  // this takes long
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

}  // namespace vgpu::replay
