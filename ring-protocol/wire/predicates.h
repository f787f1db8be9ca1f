// When Vulkan ignores a pointer: the conditions that policy.toml names as valid_when.
#pragma once

#include <vulkan/vulkan.h>

namespace vgpu::wire {

// VkDescriptorSetLayoutBinding, "pImmutableSamplers".
inline bool has_immutable_samplers(const void* structure) {
    const auto type = static_cast<const VkDescriptorSetLayoutBinding*>(structure)->descriptorType;
    return type == VK_DESCRIPTOR_TYPE_SAMPLER || type == VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER;
}

// VkWriteDescriptorSet: exactly one of the three arrays is read, by descriptorType.
inline bool writes_images(const void* structure) {
    switch (static_cast<const VkWriteDescriptorSet*>(structure)->descriptorType) {
        case VK_DESCRIPTOR_TYPE_SAMPLER:
        case VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER:
        case VK_DESCRIPTOR_TYPE_SAMPLED_IMAGE:
        case VK_DESCRIPTOR_TYPE_STORAGE_IMAGE:
        case VK_DESCRIPTOR_TYPE_INPUT_ATTACHMENT:
        case VK_DESCRIPTOR_TYPE_SAMPLE_WEIGHT_IMAGE_QCOM:
        case VK_DESCRIPTOR_TYPE_BLOCK_MATCH_IMAGE_QCOM:
            return true;
        default:
            return false;
    }
}
inline bool writes_buffers(const void* structure) {
    switch (static_cast<const VkWriteDescriptorSet*>(structure)->descriptorType) {
        case VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER:
        case VK_DESCRIPTOR_TYPE_STORAGE_BUFFER:
        case VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER_DYNAMIC:
        case VK_DESCRIPTOR_TYPE_STORAGE_BUFFER_DYNAMIC:
            return true;
        default:
            return false;
    }
}
inline bool writes_texel_buffers(const void* structure) {
    const auto type = static_cast<const VkWriteDescriptorSet*>(structure)->descriptorType;
    return type == VK_DESCRIPTOR_TYPE_UNIFORM_TEXEL_BUFFER ||
           type == VK_DESCRIPTOR_TYPE_STORAGE_TEXEL_BUFFER;
}

// VkBufferCreateInfo and VkImageCreateInfo, "pQueueFamilyIndices".
inline bool buffer_is_concurrent(const void* structure) {
    return static_cast<const VkBufferCreateInfo*>(structure)->sharingMode ==
           VK_SHARING_MODE_CONCURRENT;
}
inline bool image_is_concurrent(const void* structure) {
    return static_cast<const VkImageCreateInfo*>(structure)->sharingMode ==
           VK_SHARING_MODE_CONCURRENT;
}

// VkFramebufferCreateInfo, "pAttachments".
inline bool framebuffer_has_attachments(const void* structure) {
    return !(static_cast<const VkFramebufferCreateInfo*>(structure)->flags &
             VK_FRAMEBUFFER_CREATE_IMAGELESS_BIT);
}

}  // namespace vgpu::wire
