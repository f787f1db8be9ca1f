// Shader modules: judged by the gate beside other channels' commands, before the driver sees them.
#include <memory>

#include "replay/device.h"
#include "replay/replay.h"
#include "replays.h"

namespace vgpu::replay {

// What is refused stays an object: pipelines that name it are refused, and the guest is told then.
void replay_vkCreateShaderModule(Replay& replay, wire::Args_vkCreateShaderModule& args,
                                 wire::Reply_vkCreateShaderModule&) {
    Shaders& shaders = *device_of(replay).shaders;
    wire::Slot* slot = replay.insert_pending<VkShaderModule>(args.pShaderModule);
    if (!slot) return;
    Compiles& compiles = replay.state().compiles;
    compiles.begin();
    replay.leave_turn();
    auto module = std::make_shared<ShaderModule>();
    module->vk = &replay.vk();
    module->device = args.device;
    const std::span<const std::uint32_t> words = words_of(*args.pCreateInfo);
    {
        const auto watched = watch_check(compiles, words);
        module->judged = shaders.gate().judge(words);
    }
    if (module->judged.refused) {
        report_refusal(replay.services(), gate::name_of(words), *module->judged.refused);
    } else {
        replay.expect(
            replay.vk().vkCreateShaderModule(args.device, args.pCreateInfo, nullptr, &module->host),
            "vkCreateShaderModule");
    }
    const auto handle = reinterpret_cast<std::uint64_t>(module.get());
    shaders.add(std::move(module));
    slot->settle(handle);
    compiles.end();
}

void replay_vkDestroyShaderModule(Replay& replay, wire::Args_vkDestroyShaderModule& args,
                                  wire::Reply_vkDestroyShaderModule&) {
    if (args.shaderModule == VK_NULL_HANDLE) return;
    Shaders& shaders = *device_of(replay).shaders;
    // No submission uses a module: it may go at once, or when the last compilation lets go.
    if (wire::Slot* slot = replay.table().find(args.shaderModule_id)) replay.table().erase(*slot);
    shaders.remove(args.shaderModule);
}

}  // namespace vgpu::replay
