// Fills the create-infos of pipelines and descriptors.
#include "common/pipelines.h"

#include <algorithm>

namespace vgpu::programs {

namespace {

VkPipelineShaderStageCreateInfo stage_info(VkShaderStageFlagBits stage, VkShaderModule module,
                                           const VkSpecializationInfo* constants) {
    VkPipelineShaderStageCreateInfo info{VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO};
    info.stage = stage;
    info.module = module;
    info.pName = "main";
    info.pSpecializationInfo = constants;
    return info;
}

// Source over destination; alpha adds up.
VkPipelineColorBlendAttachmentState blend_state(bool blend) {
    VkPipelineColorBlendAttachmentState state{};
    state.blendEnable = blend;
    state.srcColorBlendFactor = VK_BLEND_FACTOR_SRC_ALPHA;
    state.dstColorBlendFactor = VK_BLEND_FACTOR_ONE_MINUS_SRC_ALPHA;
    state.srcAlphaBlendFactor = VK_BLEND_FACTOR_ONE;
    state.dstAlphaBlendFactor = VK_BLEND_FACTOR_ONE;
    state.colorWriteMask = VK_COLOR_COMPONENT_R_BIT | VK_COLOR_COMPONENT_G_BIT |
                           VK_COLOR_COMPONENT_B_BIT | VK_COLOR_COMPONENT_A_BIT;
    return state;
}

VkPipelineRasterizationStateCreateInfo rasterization(const GraphicsSpec& spec) {
    VkPipelineRasterizationStateCreateInfo info{
        VK_STRUCTURE_TYPE_PIPELINE_RASTERIZATION_STATE_CREATE_INFO};
    info.polygonMode = spec.polygon_mode;
    info.cullMode = spec.cull;
    info.frontFace = VK_FRONT_FACE_COUNTER_CLOCKWISE;
    info.lineWidth = 1.0f;
    return info;
}

VkPipelineDepthStencilStateCreateInfo depth_state(bool depth) {
    VkPipelineDepthStencilStateCreateInfo info{
        VK_STRUCTURE_TYPE_PIPELINE_DEPTH_STENCIL_STATE_CREATE_INFO};
    info.depthTestEnable = depth;
    info.depthWriteEnable = depth;
    info.depthCompareOp = VK_COMPARE_OP_LESS;
    return info;
}

bool is_dynamic(const GraphicsSpec& spec, VkDynamicState state) {
    return std::find(spec.dynamic.begin(), spec.dynamic.end(), state) != spec.dynamic.end();
}

VkPipelineVertexInputStateCreateInfo vertex_input(const GraphicsSpec& spec) {
    VkPipelineVertexInputStateCreateInfo info{
        VK_STRUCTURE_TYPE_PIPELINE_VERTEX_INPUT_STATE_CREATE_INFO};
    info.vertexBindingDescriptionCount = static_cast<std::uint32_t>(spec.bindings.size());
    info.pVertexBindingDescriptions = spec.bindings.data();
    info.vertexAttributeDescriptionCount = static_cast<std::uint32_t>(spec.attributes.size());
    info.pVertexAttributeDescriptions = spec.attributes.data();
    return info;
}

}  // namespace

ShaderModule make_shader(const Gpu& gpu, Spirv code) {
    VkShaderModuleCreateInfo info{VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO};
    info.codeSize = code.size_bytes();
    info.pCode = code.data();
    return ShaderModule(gpu.device(), info);
}

GraphicsPipeline make_graphics_pipeline(const Gpu& gpu, const GraphicsSpec& spec,
                                        VkPipelineCache cache) {
    const ShaderModule vertex = make_shader(gpu, spec.vertex);
    const ShaderModule fragment = make_shader(gpu, spec.fragment);
    const VkPipelineShaderStageCreateInfo stages[] = {
        stage_info(VK_SHADER_STAGE_VERTEX_BIT, vertex, spec.vertex_constants),
        stage_info(VK_SHADER_STAGE_FRAGMENT_BIT, fragment, spec.fragment_constants)};
    const VkPipelineVertexInputStateCreateInfo input = vertex_input(spec);
    VkPipelineInputAssemblyStateCreateInfo assembly{
        VK_STRUCTURE_TYPE_PIPELINE_INPUT_ASSEMBLY_STATE_CREATE_INFO};
    assembly.topology = spec.topology;
    const VkViewport viewport{
        0.0f, 0.0f, static_cast<float>(spec.extent.width), static_cast<float>(spec.extent.height),
        0.0f, 1.0f};
    const VkRect2D scissor{{0, 0}, spec.extent};
    VkPipelineViewportStateCreateInfo viewports{
        VK_STRUCTURE_TYPE_PIPELINE_VIEWPORT_STATE_CREATE_INFO};
    viewports.viewportCount = is_dynamic(spec, VK_DYNAMIC_STATE_VIEWPORT_WITH_COUNT) ? 0 : 1;
    viewports.pViewports = &viewport;
    viewports.scissorCount = is_dynamic(spec, VK_DYNAMIC_STATE_SCISSOR_WITH_COUNT) ? 0 : 1;
    viewports.pScissors = &scissor;
    const VkPipelineRasterizationStateCreateInfo raster = rasterization(spec);
    VkPipelineMultisampleStateCreateInfo samples{
        VK_STRUCTURE_TYPE_PIPELINE_MULTISAMPLE_STATE_CREATE_INFO};
    samples.rasterizationSamples = spec.samples;
    const VkPipelineDepthStencilStateCreateInfo depth = depth_state(spec.depth);
    const VkPipelineColorBlendAttachmentState blend = blend_state(spec.blend);
    VkPipelineColorBlendStateCreateInfo blending{
        VK_STRUCTURE_TYPE_PIPELINE_COLOR_BLEND_STATE_CREATE_INFO};
    blending.attachmentCount = 1;
    blending.pAttachments = &blend;
    VkPipelineDynamicStateCreateInfo dynamic{VK_STRUCTURE_TYPE_PIPELINE_DYNAMIC_STATE_CREATE_INFO};
    dynamic.dynamicStateCount = static_cast<std::uint32_t>(spec.dynamic.size());
    dynamic.pDynamicStates = spec.dynamic.data();

    VkGraphicsPipelineCreateInfo info{VK_STRUCTURE_TYPE_GRAPHICS_PIPELINE_CREATE_INFO};
    info.pNext = spec.next;
    info.stageCount = 2;
    info.pStages = stages;
    info.pVertexInputState = &input;
    info.pInputAssemblyState = &assembly;
    info.pViewportState = &viewports;
    info.pRasterizationState = &raster;
    info.pMultisampleState = &samples;
    info.pDepthStencilState = &depth;
    info.pColorBlendState = &blending;
    info.pDynamicState = spec.dynamic.empty() ? nullptr : &dynamic;
    info.layout = spec.layout;
    info.renderPass = spec.pass;
    info.subpass = spec.subpass;
    VkPipeline pipeline = VK_NULL_HANDLE;
    check(vkCreateGraphicsPipelines(gpu.device(), cache, 1, &info, nullptr, &pipeline));
    return GraphicsPipeline::adopt(gpu.device(), pipeline);
}

ComputePipeline make_compute_pipeline(const Gpu& gpu, Spirv code, VkPipelineLayout layout,
                                      const VkSpecializationInfo* constants,
                                      VkPipelineCache cache) {
    const ShaderModule shader = make_shader(gpu, code);
    VkComputePipelineCreateInfo info{VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO};
    info.stage = stage_info(VK_SHADER_STAGE_COMPUTE_BIT, shader, constants);
    info.layout = layout;
    VkPipeline pipeline = VK_NULL_HANDLE;
    check(vkCreateComputePipelines(gpu.device(), cache, 1, &info, nullptr, &pipeline));
    return ComputePipeline::adopt(gpu.device(), pipeline);
}

DescriptorSetLayout make_set_layout(const Gpu& gpu, std::span<const VkDescriptorType> types,
                                    VkShaderStageFlags stages,
                                    VkDescriptorSetLayoutCreateFlags flags) {
    std::vector<VkDescriptorSetLayoutBinding> bindings;
    for (VkDescriptorType type : types)
        bindings.push_back({static_cast<std::uint32_t>(bindings.size()), type, 1, stages, nullptr});
    VkDescriptorSetLayoutCreateInfo info{VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO};
    info.flags = flags;
    info.bindingCount = static_cast<std::uint32_t>(bindings.size());
    info.pBindings = bindings.data();
    return DescriptorSetLayout(gpu.device(), info);
}

PipelineLayout make_layout(const Gpu& gpu, std::span<const VkDescriptorSetLayout> sets,
                           std::span<const VkPushConstantRange> push_constants) {
    VkPipelineLayoutCreateInfo info{VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO};
    info.setLayoutCount = static_cast<std::uint32_t>(sets.size());
    info.pSetLayouts = sets.data();
    info.pushConstantRangeCount = static_cast<std::uint32_t>(push_constants.size());
    info.pPushConstantRanges = push_constants.data();
    return PipelineLayout(gpu.device(), info);
}

DescriptorPool make_descriptor_pool(const Gpu& gpu, std::span<const VkDescriptorType> types,
                                    std::uint32_t sets) {
    std::vector<VkDescriptorPoolSize> sizes;
    for (VkDescriptorType type : types) sizes.push_back({type, sets});
    VkDescriptorPoolCreateInfo info{VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO};
    info.maxSets = sets;
    info.poolSizeCount = static_cast<std::uint32_t>(sizes.size());
    info.pPoolSizes = sizes.data();
    return DescriptorPool(gpu.device(), info);
}

VkDescriptorSet allocate_set(const Gpu& gpu, VkDescriptorPool pool, VkDescriptorSetLayout layout) {
    VkDescriptorSetAllocateInfo info{VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO};
    info.descriptorPool = pool;
    info.descriptorSetCount = 1;
    info.pSetLayouts = &layout;
    VkDescriptorSet set = VK_NULL_HANDLE;
    check(vkAllocateDescriptorSets(gpu.device(), &info, &set));
    return set;
}

void write_buffer(const Gpu& gpu, VkDescriptorSet set, std::uint32_t binding, VkDescriptorType type,
                  VkBuffer buffer, VkDeviceSize range) {
    const VkDescriptorBufferInfo info{buffer, 0, range};
    VkWriteDescriptorSet write{VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET};
    write.dstSet = set;
    write.dstBinding = binding;
    write.descriptorCount = 1;
    write.descriptorType = type;
    write.pBufferInfo = &info;
    vkUpdateDescriptorSets(gpu.device(), 1, &write, 0, nullptr);
}

void write_image(const Gpu& gpu, VkDescriptorSet set, std::uint32_t binding, VkDescriptorType type,
                 VkImageView view, VkImageLayout layout, VkSampler sampler) {
    const VkDescriptorImageInfo info{sampler, view, layout};
    VkWriteDescriptorSet write{VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET};
    write.dstSet = set;
    write.dstBinding = binding;
    write.descriptorCount = 1;
    write.descriptorType = type;
    write.pImageInfo = &info;
    vkUpdateDescriptorSets(gpu.device(), 1, &write, 0, nullptr);
}

}  // namespace vgpu::programs
