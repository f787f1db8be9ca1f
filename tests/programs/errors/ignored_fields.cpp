// Garbage in fields that the specification says are ignored.
#include "common/commands.h"
#include "common/pipelines.h"
#include "errors/parts.h"

namespace vgpu::programs {

namespace {

// Families matter only where several share the resource.
void exclusive_sharing(const Stage& stage) {
    VkBufferCreateInfo buffer_info{VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO};
    buffer_info.size = 4096;
    buffer_info.usage = VK_BUFFER_USAGE_STORAGE_BUFFER_BIT;
    buffer_info.sharingMode = VK_SHARING_MODE_EXCLUSIVE;
    buffer_info.queueFamilyIndexCount = 5;
    buffer_info.pQueueFamilyIndices = garbage_pointer<std::uint32_t>();
    const Buffer buffer(stage.gpu.device(), buffer_info);

    VkImageCreateInfo image_info{VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO};
    image_info.imageType = VK_IMAGE_TYPE_2D;
    image_info.format = VK_FORMAT_R8G8B8A8_UNORM;
    image_info.extent = {16, 16, 1};
    image_info.mipLevels = 1;
    image_info.arrayLayers = 1;
    image_info.samples = VK_SAMPLE_COUNT_1_BIT;
    image_info.usage = VK_IMAGE_USAGE_SAMPLED_BIT;
    image_info.queueFamilyIndexCount = 3;
    image_info.pQueueFamilyIndices = garbage_pointer<std::uint32_t>();
    const Image image(stage.gpu.device(), image_info);
}

// Inheritance matters only to secondary command buffers.
void primary_inheritance(const Stage& stage) {
    const Commands pool(stage.gpu);
    VkCommandBuffer commands = pool.allocate();
    begin(commands, 0, garbage_pointer<VkCommandBufferInheritanceInfo>());
    check(vkEndCommandBuffer(commands));
    submit_and_wait(stage.gpu, commands);
}

// A secondary one that runs outside of render passes has no use for most of its inheritance.
void secondary_inheritance(const Stage& stage) {
    const Commands pool(stage.gpu);
    VkCommandBuffer inner = pool.allocate(VK_COMMAND_BUFFER_LEVEL_SECONDARY);
    VkCommandBufferInheritanceInfo inheritance{VK_STRUCTURE_TYPE_COMMAND_BUFFER_INHERITANCE_INFO};
    inheritance.renderPass = garbage_handle<VkRenderPass>();
    inheritance.subpass = 77;
    inheritance.framebuffer = garbage_handle<VkFramebuffer>();
    begin(inner, 0, &inheritance);
    check(vkEndCommandBuffer(inner));
    run_once(stage.gpu,
             [&](VkCommandBuffer commands) { vkCmdExecuteCommands(commands, 1, &inner); });
}

VkWriteDescriptorSet write_of(VkDescriptorSet set, std::uint32_t binding, VkDescriptorType type) {
    VkWriteDescriptorSet write{VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET};
    write.dstSet = set;
    write.dstBinding = binding;
    write.descriptorCount = 1;
    write.descriptorType = type;
    write.pImageInfo = garbage_pointer<VkDescriptorImageInfo>();
    write.pBufferInfo = garbage_pointer<VkDescriptorBufferInfo>();
    write.pTexelBufferView = garbage_pointer<VkBufferView>();
    return write;
}

// Each type of descriptor looks at one of three pointers, and at part of what it points to.
void descriptor_writes(const Stage& stage) {
    const Gpu& gpu = stage.gpu;
    const VkDescriptorType types[] = {VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER,
                                      VK_DESCRIPTOR_TYPE_SAMPLED_IMAGE, VK_DESCRIPTOR_TYPE_SAMPLER};
    const DescriptorSetLayout layout = make_set_layout(gpu, types, VK_SHADER_STAGE_ALL);
    const DescriptorPool pool = make_descriptor_pool(gpu, types, 1);
    const VkDescriptorSet set = allocate_set(gpu, pool, layout);
    const BoundBuffer buffer(gpu, 64, VK_BUFFER_USAGE_UNIFORM_BUFFER_BIT, Placement::kUpload);
    const BoundImage image(gpu, {VK_FORMAT_R8G8B8A8_UNORM, {8, 8}, VK_IMAGE_USAGE_SAMPLED_BIT});
    const Sampler sampler(gpu.device(), VkSamplerCreateInfo{VK_STRUCTURE_TYPE_SAMPLER_CREATE_INFO});
    const VkDescriptorBufferInfo buffer_info{buffer, 0, VK_WHOLE_SIZE};
    const VkDescriptorImageInfo image_info{garbage_handle<VkSampler>(), image.view(),
                                           VK_IMAGE_LAYOUT_SHADER_READ_ONLY_OPTIMAL};
    const VkDescriptorImageInfo sampler_info{sampler, garbage_handle<VkImageView>(),
                                             static_cast<VkImageLayout>(0x7abcdef0)};
    VkWriteDescriptorSet writes[] = {write_of(set, 0, types[0]), write_of(set, 1, types[1]),
                                     write_of(set, 2, types[2])};
    writes[0].pBufferInfo = &buffer_info;
    writes[1].pImageInfo = &image_info;
    writes[2].pImageInfo = &sampler_info;
    vkUpdateDescriptorSets(gpu.device(), 3, writes, 0, nullptr);
}

// Only samplers can be immutable.
void immutable_samplers(const Stage& stage) {
    const VkDescriptorSetLayoutBinding binding{0, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, 2,
                                               VK_SHADER_STAGE_COMPUTE_BIT,
                                               garbage_pointer<VkSampler>()};
    VkDescriptorSetLayoutCreateInfo info{VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO};
    info.bindingCount = 1;
    info.pBindings = &binding;
    const DescriptorSetLayout layout(stage.gpu.device(), info);
}

}  // namespace

void ignored_fields(const Stage& stage) {
    exclusive_sharing(stage);
    primary_inheritance(stage);
    secondary_inheritance(stage);
    descriptor_writes(stage);
    immutable_samplers(stage);
    stage.report.value("ignored_fields", "ignored");
}

}  // namespace vgpu::programs
