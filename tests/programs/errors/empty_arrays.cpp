// Counts of zero beside pointers that lead nowhere, and work that does nothing.
#include <cstdint>

#include "common/commands.h"
#include "common/pipelines.h"
#include "errors/parts.h"

namespace vgpu::programs {

namespace {

void creates(const Stage& stage) {
    const VkDevice device = stage.gpu.device();
    VkPipelineLayoutCreateInfo layout{VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO};
    layout.pSetLayouts = garbage_pointer<VkDescriptorSetLayout>();
    layout.pPushConstantRanges = garbage_pointer<VkPushConstantRange>();
    const PipelineLayout empty_layout(device, layout);
    VkDescriptorSetLayoutCreateInfo set{VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO};
    set.pBindings = garbage_pointer<VkDescriptorSetLayoutBinding>();
    const DescriptorSetLayout empty_set(device, set);
    VkPipelineCacheCreateInfo cache{VK_STRUCTURE_TYPE_PIPELINE_CACHE_CREATE_INFO};
    cache.pInitialData = garbage_pointer<void>();
    const PipelineCache empty_cache(device, cache);
}

void updates(const Stage& stage) {
    vkUpdateDescriptorSets(stage.gpu.device(), 0, garbage_pointer<VkWriteDescriptorSet>(), 0,
                           garbage_pointer<VkCopyDescriptorSet>());
}

// A batch whose every list is empty signals its fence all the same.
void submits(const Stage& stage) {
    VkSubmitInfo submit{VK_STRUCTURE_TYPE_SUBMIT_INFO};
    submit.pWaitSemaphores = garbage_pointer<VkSemaphore>();
    submit.pWaitDstStageMask = garbage_pointer<VkPipelineStageFlags>();
    submit.pCommandBuffers = garbage_pointer<VkCommandBuffer>();
    submit.pSignalSemaphores = garbage_pointer<VkSemaphore>();
    const Fence fence(stage.gpu.device(), VkFenceCreateInfo{VK_STRUCTURE_TYPE_FENCE_CREATE_INFO});
    check(vkQueueSubmit(stage.gpu.queue(), 1, &submit, fence));
    check(vkWaitForFences(stage.gpu.device(), 1, fence.address(), VK_TRUE, UINT64_MAX));
    check(vkQueueSubmit(stage.gpu.queue(), 0, garbage_pointer<VkSubmitInfo>(), VK_NULL_HANDLE));
}

void commands_of_nothing(const Stage& stage) {
    run_once(stage.gpu, [&](VkCommandBuffer commands) {
        vkCmdPipelineBarrier(
            commands, VK_PIPELINE_STAGE_TOP_OF_PIPE_BIT, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, 0, 0,
            garbage_pointer<VkMemoryBarrier>(), 0, garbage_pointer<VkBufferMemoryBarrier>(), 0,
            garbage_pointer<VkImageMemoryBarrier>());
    });
    if (!stage.gpu.features().v13.synchronization2) return;
    run_once(stage.gpu, [&](VkCommandBuffer commands) {
        VkDependencyInfo dependency{VK_STRUCTURE_TYPE_DEPENDENCY_INFO};
        dependency.pMemoryBarriers = garbage_pointer<VkMemoryBarrier2>();
        dependency.pImageMemoryBarriers = garbage_pointer<VkImageMemoryBarrier2>();
        vkCmdPipelineBarrier2(commands, &dependency);
    });
}

// The two-call idiom with exactly as much room as there is, with none, and with too much.
void enumerations(const Stage& stage) {
    std::uint32_t families = 0;
    vkGetPhysicalDeviceQueueFamilyProperties(stage.gpu.physical(), &families, nullptr);
    std::vector<VkQueueFamilyProperties> list(families + 8);
    std::uint32_t none = 0;
    vkGetPhysicalDeviceQueueFamilyProperties(stage.gpu.physical(), &none, list.data());
    stage.report.check(none == 0, "An array with no room gets no element.");
    std::uint32_t more = families + 8;
    vkGetPhysicalDeviceQueueFamilyProperties(stage.gpu.physical(), &more, list.data());
    stage.report.check(more == families, "An array with too much room gets what there is.");
}

}  // namespace

void empty_arrays(const Stage& stage) {
    creates(stage);
    updates(stage);
    submits(stage);
    commands_of_nothing(stage);
    enumerations(stage);
    stage.report.value("empty_arrays", "nothing");
}

}  // namespace vgpu::programs
