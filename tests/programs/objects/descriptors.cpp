// Descriptor set layouts, sets, copies and inline blocks.
#include <array>
#include <cstdint>
#include <cstring>

#include "common/kernel.h"
#include "inline_block.h"
#include "objects/parts.h"

namespace vgpu::programs {

namespace {

constexpr std::uint32_t kBlockOctets = 64;

VkDescriptorSetLayoutBinding binding(std::uint32_t number, VkDescriptorType type,
                                     std::uint32_t count, const VkSampler* immutable = nullptr) {
    return {number, type, count, VK_SHADER_STAGE_ALL, immutable};
}

Sampler plain_sampler(const Gpu& gpu) {
    return Sampler(gpu.device(), VkSamplerCreateInfo{VK_STRUCTURE_TYPE_SAMPLER_CREATE_INFO});
}

// Arrays, gaps between the numbers, an empty binding and immutable samplers in one layout.
void rich_layout(const Stage& stage) {
    const Gpu& gpu = stage.gpu;
    const Sampler sampler = plain_sampler(gpu);
    const VkSampler samplers[] = {sampler, sampler};
    const VkDescriptorSetLayoutBinding bindings[] = {
        binding(7, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, 3),
        binding(0, VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER, 2, samplers),
        binding(2, VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER, 0),
        binding(3, VK_DESCRIPTOR_TYPE_SAMPLER, 1)};
    const VkDescriptorBindingFlags none[4]{};
    const VkDescriptorSetLayoutBindingFlagsCreateInfo flags{
        VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_BINDING_FLAGS_CREATE_INFO, nullptr, 4, none};
    VkDescriptorSetLayoutCreateInfo info{VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO};
    info.pNext = &flags;
    info.bindingCount = 4;
    info.pBindings = bindings;
    VkDescriptorSetLayoutSupport support{VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_SUPPORT};
    vkGetDescriptorSetLayoutSupport(gpu.device(), &info, &support);
    stage.report.value("layout_support", support.supported);
    const DescriptorSetLayout layout(gpu.device(), info);
    const VkDescriptorType types[] = {VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER,
                                      VK_DESCRIPTOR_TYPE_STORAGE_BUFFER,
                                      VK_DESCRIPTOR_TYPE_SAMPLER};
    const DescriptorPool pool = make_descriptor_pool(gpu, types, 3);
    const VkDescriptorSet set = allocate_set(gpu, pool, layout);
    const BoundBuffer buffer = zeroed_storage(gpu, 64);
    // Three descriptors of one binding by one write.
    const VkDescriptorBufferInfo buffers[3] = {
        {buffer, 0, VK_WHOLE_SIZE}, {buffer, 0, 64}, {buffer, 0, 128}};
    VkWriteDescriptorSet write{VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET};
    write.dstSet = set;
    write.dstBinding = 7;
    write.descriptorCount = 3;
    write.descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
    write.pBufferInfo = buffers;
    const VkCopyDescriptorSet within{
        VK_STRUCTURE_TYPE_COPY_DESCRIPTOR_SET, nullptr, set, 7, 0, set, 7, 2, 1};
    vkUpdateDescriptorSets(gpu.device(), 1, &write, 1, &within);
}

// The pool runs out, says so, and goes on once it is reset.
void exhausted_pool(const Stage& stage) {
    const Gpu& gpu = stage.gpu;
    const VkDescriptorType types[] = {VK_DESCRIPTOR_TYPE_STORAGE_BUFFER};
    const DescriptorSetLayout layout = make_set_layout(gpu, types, VK_SHADER_STAGE_COMPUTE_BIT);
    const DescriptorPool pool = make_descriptor_pool(gpu, types, 2);
    const VkDescriptorSetLayout layouts[] = {layout, layout, layout};
    VkDescriptorSetAllocateInfo info{VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO};
    info.descriptorPool = pool;
    info.descriptorSetCount = 3;
    info.pSetLayouts = layouts;
    VkDescriptorSet sets[3];
    const VkResult result = vkAllocateDescriptorSets(gpu.device(), &info, sets);
    stage.report.check(result == VK_ERROR_OUT_OF_POOL_MEMORY ||
                           result == VK_ERROR_FRAGMENTED_POOL || result == VK_SUCCESS,
                       "A pool that is too small says so, or is larger than it was asked to be.");
    if (result != VK_SUCCESS)
        stage.report.check(sets[0] == VK_NULL_HANDLE && sets[2] == VK_NULL_HANDLE,
                           "Sets that were not allocated are null.");
    check(vkResetDescriptorPool(gpu.device(), pool, 0));
    info.descriptorSetCount = 2;
    check(vkAllocateDescriptorSets(gpu.device(), &info, sets));
}

// A set with a uniform block: an inline one where they are offered, else a buffer.
class BlockSet {
  public:
    BlockSet(const Gpu& gpu, std::span<const std::uint32_t> words, VkBuffer target)
        : gpu_(gpu),
          block_(gpu, kBlockOctets, VK_BUFFER_USAGE_UNIFORM_BUFFER_BIT, Placement::kUpload) {
        const bool is_inline = gpu.features().v13.inlineUniformBlock;
        type_ =
            is_inline ? VK_DESCRIPTOR_TYPE_INLINE_UNIFORM_BLOCK : VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER;
        make_layout_and_pool(is_inline);
        first_ = allocate_set(gpu, pool_, layout_);
        second_ = allocate_set(gpu, pool_, layout_);
        if (is_inline) {
            write_inline(words);
        } else {
            block_.write(std::as_bytes(words));
            write_buffer(gpu, first_, 0, type_, block_);
        }
        write_buffer(gpu, first_, 1, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, target);
        copy_to_second(is_inline ? kBlockOctets : 1);
    }
    VkDescriptorSetLayout layout() const { return layout_; }
    VkDescriptorSet copied_set() const { return second_; }

  private:
    void make_layout_and_pool(bool is_inline) {
        const VkDescriptorSetLayoutBinding bindings[] = {
            binding(0, type_, is_inline ? kBlockOctets : 1),
            binding(1, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, 1)};
        VkDescriptorSetLayoutCreateInfo info{VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO};
        info.bindingCount = 2;
        info.pBindings = bindings;
        layout_ = DescriptorSetLayout(gpu_.device(), info);
        const VkDescriptorPoolInlineUniformBlockCreateInfo blocks{
            VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_INLINE_UNIFORM_BLOCK_CREATE_INFO, nullptr, 2};
        const VkDescriptorPoolSize sizes[] = {{type_, is_inline ? 2 * kBlockOctets : 2},
                                              {VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, 2}};
        VkDescriptorPoolCreateInfo pool{VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO};
        if (is_inline) pool.pNext = &blocks;
        pool.maxSets = 2;
        pool.poolSizeCount = 2;
        pool.pPoolSizes = sizes;
        pool_ = DescriptorPool(gpu_.device(), pool);
    }
    void write_inline(std::span<const std::uint32_t> words) const {
        VkWriteDescriptorSetInlineUniformBlock data{
            VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET_INLINE_UNIFORM_BLOCK};
        data.dataSize = kBlockOctets;
        data.pData = words.data();
        VkWriteDescriptorSet write{VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET, &data};
        write.dstSet = first_;
        write.descriptorCount = kBlockOctets;
        write.descriptorType = type_;
        vkUpdateDescriptorSets(gpu_.device(), 1, &write, 0, nullptr);
    }
    void copy_to_second(std::uint32_t block_count) const {
        const VkCopyDescriptorSet copies[] = {
            {VK_STRUCTURE_TYPE_COPY_DESCRIPTOR_SET, nullptr, first_, 0, 0, second_, 0, 0,
             block_count},
            {VK_STRUCTURE_TYPE_COPY_DESCRIPTOR_SET, nullptr, first_, 1, 0, second_, 1, 0, 1}};
        vkUpdateDescriptorSets(gpu_.device(), 0, nullptr, 2, copies);
    }

    const Gpu& gpu_;
    BoundBuffer block_;
    VkDescriptorType type_{};
    DescriptorSetLayout layout_;
    DescriptorPool pool_;
    VkDescriptorSet first_ = VK_NULL_HANDLE, second_ = VK_NULL_HANDLE;
};

// What was written into one set and copied to another is what the shader sees.
void copied_block(const Stage& stage) {
    const Gpu& gpu = stage.gpu;
    const std::vector<std::uint32_t> words = random_words(kBlockOctets / 4, 11);
    const BoundBuffer target = mapped_storage(gpu, words.size());
    const BlockSet sets(gpu, words, target);
    const VkDescriptorSetLayout set_layout = sets.layout();
    const PipelineLayout layout = make_layout(gpu, std::span(&set_layout, 1));
    const ComputePipeline pipeline = make_compute_pipeline(gpu, inline_block, layout);
    run_once(gpu, [&](VkCommandBuffer commands) {
        const VkDescriptorSet set = sets.copied_set();
        vkCmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_COMPUTE, pipeline);
        vkCmdBindDescriptorSets(commands, VK_PIPELINE_BIND_POINT_COMPUTE, layout, 0, 1, &set, 0,
                                nullptr);
        vkCmdDispatch(commands, 1, 1, 1);
        memory_barrier(commands, kComputeStorage, kHostRead);
    });
    stage.report.hash("copied_block", target.mapped());
    stage.report.check(std::memcmp(target.mapped().data(), words.data(), kBlockOctets) == 0,
                       "The shader sees the block that was written and copied.");
}

}  // namespace

void descriptors(const Stage& stage) {
    rich_layout(stage);
    exhausted_pool(stage);
    copied_block(stage);
}

}  // namespace vgpu::programs
