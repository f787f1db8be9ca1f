// Layouts of descriptor sets and pipelines: the gate keeps what shaders have to match.
#include "replay/device.h"
#include "replay/replay.h"
#include "replays.h"

namespace vgpu::replay {

void replay_vkCreateDescriptorSetLayout(Replay& replay,
                                        wire::Args_vkCreateDescriptorSetLayout& args,
                                        wire::Reply_vkCreateDescriptorSetLayout&) {
    VkDescriptorSetLayout made = VK_NULL_HANDLE;
    const VkResult result =
        replay.vk().vkCreateDescriptorSetLayout(args.device, args.pCreateInfo, nullptr, &made);
    if (result == VK_SUCCESS)
        device_of(replay).shaders->sets.add(
            made, std::make_shared<const gate::SetLayout>(*args.pCreateInfo));
    replay.made(args.pSetLayout, made, result, false, "vkCreateDescriptorSetLayout");
}

void replay_vkDestroyDescriptorSetLayout(Replay& replay,
                                         wire::Args_vkDestroyDescriptorSetLayout& args,
                                         wire::Reply_vkDestroyDescriptorSetLayout&) {
    if (args.descriptorSetLayout == VK_NULL_HANDLE) return;
    device_of(replay).shaders->sets.remove(args.descriptorSetLayout);
    replay.destroy(args.descriptorSetLayout_id, [vk = &replay.vk(), args] {
        vk->vkDestroyDescriptorSetLayout(args.device, args.descriptorSetLayout, nullptr);
    });
}

void replay_vkCreatePipelineLayout(Replay& replay, wire::Args_vkCreatePipelineLayout& args,
                                   wire::Reply_vkCreatePipelineLayout&) {
    Shaders& shaders = *device_of(replay).shaders;
    const VkPipelineLayoutCreateInfo& info = *args.pCreateInfo;
    auto layout = std::make_shared<gate::PipelineLayout>();
    for (std::uint32_t i = 0; i < info.setLayoutCount; ++i)
        layout->sets.push_back(shaders.sets.find(info.pSetLayouts[i]));
    layout->push_constants.assign(info.pPushConstantRanges,
                                  info.pPushConstantRanges + info.pushConstantRangeCount);
    VkPipelineLayout made = VK_NULL_HANDLE;
    const VkResult result = replay.vk().vkCreatePipelineLayout(args.device, &info, nullptr, &made);
    if (result == VK_SUCCESS) shaders.pipelines.add(made, std::move(layout));
    replay.made(args.pPipelineLayout, made, result, false, "vkCreatePipelineLayout");
}

void replay_vkDestroyPipelineLayout(Replay& replay, wire::Args_vkDestroyPipelineLayout& args,
                                    wire::Reply_vkDestroyPipelineLayout&) {
    if (args.pipelineLayout == VK_NULL_HANDLE) return;
    device_of(replay).shaders->pipelines.remove(args.pipelineLayout);
    replay.destroy(args.pipelineLayout_id, [vk = &replay.vk(), args] {
        vk->vkDestroyPipelineLayout(args.device, args.pipelineLayout, nullptr);
    });
}

}  // namespace vgpu::replay
