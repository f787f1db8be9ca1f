// Destroys and frees nothing, which Vulkan allows everywhere.
#include "common/commands.h"
#include "common/pipelines.h"
#include "errors/parts.h"

namespace vgpu::programs {

namespace {

void destroy_nothing(const Gpu& gpu) {
    const VkDevice device = gpu.device();
    vkDestroyBuffer(device, VK_NULL_HANDLE, nullptr);
    vkDestroyBufferView(device, VK_NULL_HANDLE, nullptr);
    vkDestroyCommandPool(device, VK_NULL_HANDLE, nullptr);
    vkDestroyDescriptorPool(device, VK_NULL_HANDLE, nullptr);
    vkDestroyDescriptorSetLayout(device, VK_NULL_HANDLE, nullptr);
    vkDestroyDescriptorUpdateTemplate(device, VK_NULL_HANDLE, nullptr);
    vkDestroyEvent(device, VK_NULL_HANDLE, nullptr);
    vkDestroyFence(device, VK_NULL_HANDLE, nullptr);
    vkDestroyFramebuffer(device, VK_NULL_HANDLE, nullptr);
    vkDestroyImage(device, VK_NULL_HANDLE, nullptr);
    vkDestroyImageView(device, VK_NULL_HANDLE, nullptr);
    vkDestroyPipeline(device, VK_NULL_HANDLE, nullptr);
    vkDestroyPipelineCache(device, VK_NULL_HANDLE, nullptr);
    vkDestroyPipelineLayout(device, VK_NULL_HANDLE, nullptr);
    vkDestroyQueryPool(device, VK_NULL_HANDLE, nullptr);
    vkDestroyRenderPass(device, VK_NULL_HANDLE, nullptr);
    vkDestroySampler(device, VK_NULL_HANDLE, nullptr);
    vkDestroySamplerYcbcrConversion(device, VK_NULL_HANDLE, nullptr);
    vkDestroySemaphore(device, VK_NULL_HANDLE, nullptr);
    vkDestroyShaderModule(device, VK_NULL_HANDLE, nullptr);
    vkFreeMemory(device, VK_NULL_HANDLE, nullptr);
    vkDestroyDevice(VK_NULL_HANDLE, nullptr);
    vkDestroyInstance(VK_NULL_HANDLE, nullptr);
    if (gpu.features().v13.privateData) vkDestroyPrivateDataSlot(device, VK_NULL_HANDLE, nullptr);
}

// Arrays to free may have holes.
void free_with_holes(const Gpu& gpu) {
    const Commands pool(gpu);
    const VkCommandBuffer buffers[] = {VK_NULL_HANDLE, pool.allocate(), VK_NULL_HANDLE};
    vkFreeCommandBuffers(gpu.device(), pool.pool(), 3, buffers);

    const VkDescriptorPoolSize size{VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, 1};
    VkDescriptorPoolCreateInfo info{VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO};
    info.flags = VK_DESCRIPTOR_POOL_CREATE_FREE_DESCRIPTOR_SET_BIT;
    info.maxSets = 1;
    info.poolSizeCount = 1;
    info.pPoolSizes = &size;
    const DescriptorPool sets_pool(gpu.device(), info);
    const DescriptorSetLayout layout =
        make_set_layout(gpu, std::span(&size.type, 1), VK_SHADER_STAGE_COMPUTE_BIT);
    const VkDescriptorSet sets[] = {VK_NULL_HANDLE, allocate_set(gpu, sets_pool, layout),
                                    VK_NULL_HANDLE};
    check(vkFreeDescriptorSets(gpu.device(), sets_pool, 3, sets));
    allocate_set(gpu, sets_pool, layout);
}

// What a pool or a layout was made from may go before it.
void parents_first(const Gpu& gpu) {
    const VkDescriptorType types[] = {VK_DESCRIPTOR_TYPE_STORAGE_BUFFER};
    DescriptorSetLayout set_layout = make_set_layout(gpu, types, VK_SHADER_STAGE_COMPUTE_BIT);
    const PipelineLayout layout = make_layout(gpu, std::span(set_layout.address(), 1));
    const DescriptorPool pool = make_descriptor_pool(gpu, types, 1);
    const VkDescriptorSet set = allocate_set(gpu, pool, set_layout);
    const BoundBuffer buffer(gpu, 64, VK_BUFFER_USAGE_STORAGE_BUFFER_BIT, Placement::kDevice);
    write_buffer(gpu, set, 0, types[0], buffer);
    set_layout = DescriptorSetLayout();
    run_once(gpu, [&](VkCommandBuffer commands) {
        vkCmdBindDescriptorSets(commands, VK_PIPELINE_BIND_POINT_COMPUTE, layout, 0, 1, &set, 0,
                                garbage_pointer<std::uint32_t>());
    });
}

}  // namespace

void null_handles(const Stage& stage) {
    destroy_nothing(stage.gpu);
    free_with_holes(stage.gpu);
    parents_first(stage.gpu);
    stage.report.value("null_handles", "ignored");
}

}  // namespace vgpu::programs
