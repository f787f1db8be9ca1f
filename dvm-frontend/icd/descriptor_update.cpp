// Descriptor updates; templates live in the guest alone and cross as plain writes.
#include "icd/descriptor_update.h"

#include <cstring>
#include <memory>
#include <new>

#include "entries.h"
#include "icd/command_buffer.h"
#include "icd/forward.h"
#include "icd/local_id.h"
#include "wire/predicates.h"

namespace vgpu::icd {

namespace {

bool is_inline_block(VkDescriptorType type) {
    return type == VK_DESCRIPTOR_TYPE_INLINE_UNIFORM_BLOCK;
}

bool is_acceleration_structure(VkDescriptorType type) {
    return type == VK_DESCRIPTOR_TYPE_ACCELERATION_STRUCTURE_KHR;
}

// Bytes of one descriptor in the application's data.
std::size_t descriptor_bytes(VkDescriptorType type) {
    VkWriteDescriptorSet write{};
    write.descriptorType = type;
    if (wire::writes_buffers(&write)) return sizeof(VkDescriptorBufferInfo);
    if (wire::writes_texel_buffers(&write)) return sizeof(VkBufferView);
    if (is_acceleration_structure(type)) return sizeof(VkAccelerationStructureKHR);
    return sizeof(VkDescriptorImageInfo);
}

bool lies_tightly(const VkDescriptorUpdateTemplateEntry& entry) {
    return is_inline_block(entry.descriptorType) || entry.descriptorCount == 1 ||
           entry.stride == descriptor_bytes(entry.descriptorType);
}

void point_at(VkWriteDescriptorSet& write, const void* descriptors) {
    if (wire::writes_buffers(&write))
        write.pBufferInfo = static_cast<const VkDescriptorBufferInfo*>(descriptors);
    else if (wire::writes_texel_buffers(&write))
        write.pTexelBufferView = static_cast<const VkBufferView*>(descriptors);
    else
        write.pImageInfo = static_cast<const VkDescriptorImageInfo*>(descriptors);
}

}  // namespace

DescriptorUpdateTemplate::DescriptorUpdateTemplate(const VkDescriptorUpdateTemplateCreateInfo& info)
    : bind_point(info.pipelineBindPoint) {
    entries.reserve(info.descriptorUpdateEntryCount);
    for (std::uint32_t i = 0; i < info.descriptorUpdateEntryCount; ++i) {
        const VkDescriptorUpdateTemplateEntry& entry = info.pDescriptorUpdateEntries[i];
        if (entry.descriptorCount == 0) continue;
        entries.push_back(entry);
        if (is_inline_block(entry.descriptorType)) ++inline_blocks;
        if (is_acceleration_structure(entry.descriptorType)) ++acceleration_structures;
        if (!lies_tightly(entry))
            gathered_bytes += entry.descriptorCount * descriptor_bytes(entry.descriptorType);
    }
}

bool UnfoldedUpdate::unfold(const DescriptorUpdateTemplate& source, VkDescriptorSet set,
                            const void* data) {
    static_assert(sizeof(VkDescriptorImageInfo) % 8 == 0 &&
                  sizeof(VkDescriptorBufferInfo) % 8 == 0 && sizeof(VkBufferView) == 8 &&
                  sizeof(VkAccelerationStructureKHR) == 8);
    if (!writes_.resize(source.entries.size()) || !blocks_.resize(source.inline_blocks) ||
        !structures_.resize(source.acceleration_structures) ||
        !gathered_.resize(source.gathered_bytes / 8))
        return false;
    std::size_t n = 0;
    for (const VkDescriptorUpdateTemplateEntry& entry : source.entries) {
        const auto* from = static_cast<const std::uint8_t*>(data) + entry.offset;
        VkWriteDescriptorSet& write = writes_[n++];
        write = {.sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET,
                 .dstSet = set,
                 .dstBinding = entry.dstBinding,
                 .dstArrayElement = entry.dstArrayElement,
                 .descriptorCount = entry.descriptorCount,
                 .descriptorType = entry.descriptorType};
        if (is_inline_block(entry.descriptorType)) {
            VkWriteDescriptorSetInlineUniformBlock& block = blocks_[used_blocks_++];
            block = {.sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET_INLINE_UNIFORM_BLOCK,
                     .dataSize = entry.descriptorCount,
                     .pData = from};
            write.pNext = &block;
            continue;
        }
        const void* descriptors = lies_tightly(entry) ? from : gather(entry, from);
        if (is_acceleration_structure(entry.descriptorType)) {
            VkWriteDescriptorSetAccelerationStructureKHR& structures =
                structures_[used_structures_++];
            structures = {
                .sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET_ACCELERATION_STRUCTURE_KHR,
                .accelerationStructureCount = entry.descriptorCount,
                .pAccelerationStructures =
                    static_cast<const VkAccelerationStructureKHR*>(descriptors)};
            write.pNext = &structures;
        } else {
            point_at(write, descriptors);
        }
    }
    return true;
}

const void* UnfoldedUpdate::gather(const VkDescriptorUpdateTemplateEntry& entry,
                                   const std::uint8_t* from) {
    const std::size_t bytes = descriptor_bytes(entry.descriptorType);
    std::uint64_t* const begin = gathered_.data() + used_words_;
    std::uint64_t* to = begin;
    for (std::uint32_t i = 0; i < entry.descriptorCount; ++i, to += bytes / 8)
        std::memcpy(to, from + i * entry.stride, bytes);
    used_words_ += static_cast<std::size_t>(to - begin);
    return begin;
}

VKAPI_ATTR VkResult VKAPI_CALL entry_vkCreateDescriptorUpdateTemplate(
    VkDevice device, const VkDescriptorUpdateTemplateCreateInfo* pCreateInfo,
    const VkAllocationCallbacks* pAllocator,
    VkDescriptorUpdateTemplate* pDescriptorUpdateTemplate) {
    (void)pAllocator;
    *pDescriptorUpdateTemplate = VK_NULL_HANDLE;
    if (context_of(device).lost()) return VK_ERROR_DEVICE_LOST;
    try {
        auto made = std::make_unique<DescriptorUpdateTemplate>(*pCreateInfo);
        made->id = new_local_id();
        *pDescriptorUpdateTemplate = handle_of_object<VkDescriptorUpdateTemplate>(*made.release());
    } catch (const std::bad_alloc&) {
        return VK_ERROR_OUT_OF_HOST_MEMORY;
    }
    return VK_SUCCESS;
}

VKAPI_ATTR void VKAPI_CALL entry_vkDestroyDescriptorUpdateTemplate(
    VkDevice device, VkDescriptorUpdateTemplate descriptorUpdateTemplate,
    const VkAllocationCallbacks* pAllocator) {
    (void)device;
    (void)pAllocator;
    if (descriptorUpdateTemplate != VK_NULL_HANDLE)
        delete &object_of<DescriptorUpdateTemplate>(descriptorUpdateTemplate);
}

VKAPI_ATTR void VKAPI_CALL entry_vkUpdateDescriptorSets(
    VkDevice device, uint32_t descriptorWriteCount, const VkWriteDescriptorSet* pDescriptorWrites,
    uint32_t descriptorCopyCount, const VkCopyDescriptorSet* pDescriptorCopies) {
    if (descriptorWriteCount == 0 && descriptorCopyCount == 0) return;
    post(context_of(device),
         wire::Args_vkUpdateDescriptorSets{.device = device,
                                           .descriptorWriteCount = descriptorWriteCount,
                                           .pDescriptorWrites = pDescriptorWrites,
                                           .descriptorCopyCount = descriptorCopyCount,
                                           .pDescriptorCopies = pDescriptorCopies});
}

VKAPI_ATTR void VKAPI_CALL entry_vkUpdateDescriptorSetWithTemplate(
    VkDevice device, VkDescriptorSet descriptorSet,
    VkDescriptorUpdateTemplate descriptorUpdateTemplate, const void* pData) {
    Context& context = context_of(device);
    UnfoldedUpdate update;
    if (!update.unfold(object_of<DescriptorUpdateTemplate>(descriptorUpdateTemplate), descriptorSet,
                       pData))
        return context.mark_lost("There is no memory for an update of descriptors.");
    if (update.count() == 0) return;
    post(context, wire::Args_vkUpdateDescriptorSets{.device = device,
                                                    .descriptorWriteCount = update.count(),
                                                    .pDescriptorWrites = update.writes()});
}

VKAPI_ATTR void VKAPI_CALL entry_vkCmdPushDescriptorSetWithTemplateKHR(
    VkCommandBuffer commandBuffer, VkDescriptorUpdateTemplate descriptorUpdateTemplate,
    VkPipelineLayout layout, uint32_t set, const void* pData) {
    const auto& source = object_of<DescriptorUpdateTemplate>(descriptorUpdateTemplate);
    UnfoldedUpdate update;
    if (!update.unfold(source, VK_NULL_HANDLE, pData)) {
        object_of<CommandBuffer>(commandBuffer).failed = true;
        return;
    }
    if (update.count() == 0) return;
    record(commandBuffer,
           wire::Args_vkCmdPushDescriptorSetKHR{.commandBuffer = commandBuffer,
                                                .pipelineBindPoint = source.bind_point,
                                                .layout = layout,
                                                .set = set,
                                                .descriptorWriteCount = update.count(),
                                                .pDescriptorWrites = update.writes()});
}

#ifdef VK_KHR_maintenance6
VKAPI_ATTR void VKAPI_CALL entry_vkCmdPushDescriptorSetWithTemplate2KHR(
    VkCommandBuffer commandBuffer,
    const VkPushDescriptorSetWithTemplateInfoKHR* pPushDescriptorSetWithTemplateInfo) {
    const VkPushDescriptorSetWithTemplateInfoKHR& info = *pPushDescriptorSetWithTemplateInfo;
    entry_vkCmdPushDescriptorSetWithTemplateKHR(commandBuffer, info.descriptorUpdateTemplate,
                                                info.layout, info.set, info.pData);
}
#endif

}  // namespace vgpu::icd
