// What the driver says of resources in imported memory, and the structures that ask for it.
#include "replay/external_memory.h"

#include "replay/device.h"
#include "replays.h"
#include "worker/memory_import.h"

namespace vgpu::replay {

namespace {

constexpr auto kHandleType = worker::MemoryImporter::kHandleType;
constexpr VkBufferUsageFlags kUsual =
    VK_BUFFER_USAGE_TRANSFER_SRC_BIT | VK_BUFFER_USAGE_TRANSFER_DST_BIT |
    VK_BUFFER_USAGE_UNIFORM_TEXEL_BUFFER_BIT | VK_BUFFER_USAGE_STORAGE_TEXEL_BUFFER_BIT |
    VK_BUFFER_USAGE_UNIFORM_BUFFER_BIT | VK_BUFFER_USAGE_STORAGE_BUFFER_BIT |
    VK_BUFFER_USAGE_INDEX_BUFFER_BIT | VK_BUFFER_USAGE_VERTEX_BUFFER_BIT |
    VK_BUFFER_USAGE_INDIRECT_BUFFER_BIT;

VkMemoryRequirements requirements_of(const HostVulkan& vk, VkDevice device, const void* next) {
    VkBufferCreateInfo info{};
    info.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO;
    info.pNext = next;
    info.size = 1 << 16;
    info.usage = kUsual;
    VkMemoryRequirements requirements{};
    VkBuffer buffer = VK_NULL_HANDLE;
    if (vk.vkCreateBuffer(device, &info, nullptr, &buffer) != VK_SUCCESS) return requirements;
    vk.vkGetBufferMemoryRequirements(device, buffer, &requirements);
    vk.vkDestroyBuffer(device, buffer, nullptr);
    return requirements;
}

template <typename External>
void put_first(const void*& chain, External& external, VkStructureType type) {
    external = {};
    external.sType = type;
    external.pNext = chain;
    external.handleTypes = kHandleType;
    chain = &external;
}

}  // namespace

ExternalMemory::ExternalMemory(const HostVulkan& vk, VkPhysicalDevice physical_device,
                               VkDevice device)
    : vk_(&vk), physical_device_(physical_device), buffers_(alike_for_buffers(device)) {}

bool ExternalMemory::alike_for_buffers(VkDevice device) const {
    VkExternalMemoryBufferCreateInfo external{};
    const void* chain = nullptr;
    put_first(chain, external, VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_BUFFER_CREATE_INFO);
    const VkMemoryRequirements with = requirements_of(*vk_, device, chain);
    const VkMemoryRequirements without = requirements_of(*vk_, device, nullptr);
    return with.size != 0 && with.size == without.size && with.alignment == without.alignment &&
           with.memoryTypeBits == without.memoryTypeBits;
}

bool ExternalMemory::importable(const VkImageCreateInfo& info) const {
    if (!vk_->vkGetPhysicalDeviceImageFormatProperties2) return false;
    VkPhysicalDeviceExternalImageFormatInfo external{};
    external.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_EXTERNAL_IMAGE_FORMAT_INFO;
    external.handleType = kHandleType;
    VkPhysicalDeviceImageFormatInfo2 question{};
    question.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_IMAGE_FORMAT_INFO_2;
    question.pNext = &external;
    question.format = info.format;
    question.type = info.imageType;
    question.tiling = info.tiling;
    question.usage = info.usage;
    question.flags = info.flags;
    VkExternalImageFormatProperties external_answer{};
    external_answer.sType = VK_STRUCTURE_TYPE_EXTERNAL_IMAGE_FORMAT_PROPERTIES;
    VkImageFormatProperties2 answer{};
    answer.sType = VK_STRUCTURE_TYPE_IMAGE_FORMAT_PROPERTIES_2;
    answer.pNext = &external_answer;
    return vk_->vkGetPhysicalDeviceImageFormatProperties2(physical_device_, &question, &answer) ==
               VK_SUCCESS &&
           (external_answer.externalMemoryProperties.externalMemoryFeatures &
            VK_EXTERNAL_MEMORY_FEATURE_IMPORTABLE_BIT) != 0;
}

// Sparse and protected buffers are never bound to guest pages.
void ExternalMemory::amend(VkBufferCreateInfo& info,
                           VkExternalMemoryBufferCreateInfo& external) const {
    if (buffers_ && info.flags == 0)
        put_first(info.pNext, external, VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_BUFFER_CREATE_INFO);
}

void ExternalMemory::amend(VkImageCreateInfo& info,
                           VkExternalMemoryImageCreateInfo& external) const {
    if (!vk_ || info.tiling != VK_IMAGE_TILING_LINEAR ||
        info.initialLayout != VK_IMAGE_LAYOUT_UNDEFINED || !importable(info))
        return;
    put_first(info.pNext, external, VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_IMAGE_CREATE_INFO);
}

void replay_vkCreateBuffer(Replay& replay, wire::Args_vkCreateBuffer& args,
                           wire::Reply_vkCreateBuffer&) {
    VkBufferCreateInfo info = *args.pCreateInfo;
    VkExternalMemoryBufferCreateInfo external;
    device_of(replay).external.amend(info, external);
    VkBuffer made = VK_NULL_HANDLE;
    const VkResult result = replay.vk().vkCreateBuffer(args.device, &info, nullptr, &made);
    replay.made(args.pBuffer, made, result, false, "vkCreateBuffer");
}

void replay_vkCreateImage(Replay& replay, wire::Args_vkCreateImage& args,
                          wire::Reply_vkCreateImage&) {
    VkImageCreateInfo info = *args.pCreateInfo;
    VkExternalMemoryImageCreateInfo external;
    device_of(replay).external.amend(info, external);
    VkImage made = VK_NULL_HANDLE;
    const VkResult result = replay.vk().vkCreateImage(args.device, &info, nullptr, &made);
    replay.made(args.pImage, made, result, false, "vkCreateImage");
}

}  // namespace vgpu::replay
