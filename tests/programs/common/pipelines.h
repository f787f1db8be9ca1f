// Pipelines, layouts and descriptor sets with few words.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "common/gpu.h"
#include "common/handles.h"

namespace vgpu::programs {

using Spirv = std::span<const std::uint32_t>;

// What differs between the graphics pipelines of these programs; the rest is Vulkan's plainest.
struct GraphicsSpec {
    Spirv vertex, fragment;
    const VkSpecializationInfo* vertex_constants = nullptr;
    const VkSpecializationInfo* fragment_constants = nullptr;
    std::vector<VkVertexInputBindingDescription> bindings;
    std::vector<VkVertexInputAttributeDescription> attributes;
    VkPrimitiveTopology topology = VK_PRIMITIVE_TOPOLOGY_TRIANGLE_LIST;
    VkPolygonMode polygon_mode = VK_POLYGON_MODE_FILL;
    VkCullModeFlags cull = VK_CULL_MODE_NONE;
    VkSampleCountFlagBits samples = VK_SAMPLE_COUNT_1_BIT;
    bool depth = false;
    bool blend = false;
    std::vector<VkDynamicState> dynamic;
    VkExtent2D extent{};
    VkPipelineLayout layout = VK_NULL_HANDLE;
    VkRenderPass pass = VK_NULL_HANDLE;
    std::uint32_t subpass = 0;
    const void* next = nullptr;  // VkPipelineRenderingCreateInfo where there is no pass
};
GraphicsPipeline make_graphics_pipeline(const Gpu& gpu, const GraphicsSpec& spec,
                                        VkPipelineCache cache = VK_NULL_HANDLE);
ComputePipeline make_compute_pipeline(const Gpu& gpu, Spirv code, VkPipelineLayout layout,
                                      const VkSpecializationInfo* constants = nullptr,
                                      VkPipelineCache cache = VK_NULL_HANDLE);
ShaderModule make_shader(const Gpu& gpu, Spirv code);

// Bindings are numbered 0, 1, 2 ... in the order of `types`.
DescriptorSetLayout make_set_layout(const Gpu& gpu, std::span<const VkDescriptorType> types,
                                    VkShaderStageFlags stages,
                                    VkDescriptorSetLayoutCreateFlags flags = 0);
PipelineLayout make_layout(const Gpu& gpu, std::span<const VkDescriptorSetLayout> sets,
                           std::span<const VkPushConstantRange> push_constants = {});
// A pool that holds `sets` sets of the given types.
DescriptorPool make_descriptor_pool(const Gpu& gpu, std::span<const VkDescriptorType> types,
                                    std::uint32_t sets);
VkDescriptorSet allocate_set(const Gpu& gpu, VkDescriptorPool pool, VkDescriptorSetLayout layout);
void write_buffer(const Gpu& gpu, VkDescriptorSet set, std::uint32_t binding, VkDescriptorType type,
                  VkBuffer buffer, VkDeviceSize range = VK_WHOLE_SIZE);
void write_image(const Gpu& gpu, VkDescriptorSet set, std::uint32_t binding, VkDescriptorType type,
                 VkImageView view, VkImageLayout layout, VkSampler sampler = VK_NULL_HANDLE);

}  // namespace vgpu::programs
