// What the driver says of resources in imported memory, and the structures that ask for it.
#include "replay/external_memory.h"

#include "replay/device.h"
#include "replays.h"
#include "worker/memory_import.h"

namespace vgpu::replay {

namespace {

constexpr auto kHandleType = worker::MemoryImporter::kHandleType;
// What processes of a guest share memory by.
constexpr auto kGuestHandleType = VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT;
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

// Takes the structures of this type out of a private chain, and returns the last of them.
VkBaseOutStructure* take_out(const void*& chain, VkStructureType type) {
    VkBaseOutStructure* taken = nullptr;
    auto** at = reinterpret_cast<VkBaseOutStructure**>(const_cast<void**>(&chain));
    while (*at) {
        if ((*at)->sType == type) {
            taken = *at;
            *at = taken->pNext;
        } else {
            at = &(*at)->pNext;
        }
    }
    return taken;
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

namespace {

// Asks the driver for images that are imported by pointer. The chains come back as they were.
VkResult ask_imported(const HostVulkan& vk, VkPhysicalDevice device,
                      VkPhysicalDeviceImageFormatInfo2 question, VkImageFormatProperties2& answer,
                      VkExternalMemoryFeatureFlags& features) {
    VkPhysicalDeviceExternalImageFormatInfo imported{};
    imported.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_EXTERNAL_IMAGE_FORMAT_INFO;
    imported.pNext = question.pNext;
    imported.handleType = kHandleType;
    question.pNext = &imported;
    VkExternalImageFormatProperties found{};
    found.sType = VK_STRUCTURE_TYPE_EXTERNAL_IMAGE_FORMAT_PROPERTIES;
    found.pNext = answer.pNext;
    answer.pNext = &found;
    const VkResult result =
        vk.vkGetPhysicalDeviceImageFormatProperties2(device, &question, &answer);
    answer.pNext = found.pNext;
    features = found.externalMemoryProperties.externalMemoryFeatures;
    return result;
}

// An image in pages that processes share, and what can be done with them.
VkResult ask_shared(const HostVulkan& vk, bool imports, VkPhysicalDevice device,
                    const VkPhysicalDeviceImageFormatInfo2& question,
                    VkImageFormatProperties2& answer, VkExternalMemoryFeatureFlags& features) {
    constexpr VkExternalMemoryFeatureFlags kImportable = VK_EXTERNAL_MEMORY_FEATURE_IMPORTABLE_BIT;
    VkResult result = VK_ERROR_FORMAT_NOT_SUPPORTED;
    if (imports) {
        result = ask_imported(vk, device, question, answer, features);
    } else if (question.tiling == VK_IMAGE_TILING_LINEAR) {
        // Mirrored octet by octet, in a layout that both ends of the sharing know.
        features = kImportable;
        result = vk.vkGetPhysicalDeviceImageFormatProperties2(device, &question, &answer);
    }
    if (result != VK_SUCCESS) return result;
    return features & kImportable ? VK_SUCCESS : VK_ERROR_FORMAT_NOT_SUPPORTED;
}

}  // namespace

VkResult answer_image_format(const HostVulkan& vk, bool imports, VkPhysicalDevice device,
                             const VkPhysicalDeviceImageFormatInfo2& asked,
                             VkImageFormatProperties2& answer) {
    VkPhysicalDeviceImageFormatInfo2 question = asked;
    const auto* external = reinterpret_cast<VkPhysicalDeviceExternalImageFormatInfo*>(
        take_out(question.pNext, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_EXTERNAL_IMAGE_FORMAT_INFO));
    const void* told = answer.pNext;
    auto* shown = reinterpret_cast<VkExternalImageFormatProperties*>(
        take_out(told, VK_STRUCTURE_TYPE_EXTERNAL_IMAGE_FORMAT_PROPERTIES));
    answer.pNext = const_cast<void*>(told);
    VkExternalMemoryProperties properties{};
    VkResult result = VK_ERROR_FORMAT_NOT_SUPPORTED;
    if (!external || external->handleType == 0) {
        result = vk.vkGetPhysicalDeviceImageFormatProperties2(device, &question, &answer);
    } else if (external->handleType == kGuestHandleType) {
        VkExternalMemoryFeatureFlags features = 0;
        result = ask_shared(vk, imports, device, question, answer, features);
        properties = {features | VK_EXTERNAL_MEMORY_FEATURE_EXPORTABLE_BIT, kGuestHandleType,
                      kGuestHandleType};
    }
    if (result != VK_SUCCESS) {
        answer.imageFormatProperties = {};
        properties = {};
    }
    if (!shown) return result;
    shown->externalMemoryProperties = properties;
    shown->pNext = answer.pNext;
    answer.pNext = shown;
    return result;
}

// Sparse and protected buffers are never bound to guest pages.
void ExternalMemory::amend(VkBufferCreateInfo& info,
                           VkExternalMemoryBufferCreateInfo& external) const {
    if (buffers_ && info.flags == 0)
        put_first(info.pNext, external, VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_BUFFER_CREATE_INFO);
}

void ExternalMemory::amend(VkImageCreateInfo& info,
                           VkExternalMemoryImageCreateInfo& external) const {
    // What processes of a guest share is descriptors there, and imported pages here.
    const bool shared = take_out(info.pNext, VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_IMAGE_CREATE_INFO);
    if (!vk_ || (info.tiling != VK_IMAGE_TILING_LINEAR && !shared) ||
        info.initialLayout != VK_IMAGE_LAYOUT_UNDEFINED || !importable(info))
        return;
    put_first(info.pNext, external, VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_IMAGE_CREATE_INFO);
}

void replay_vkGetPhysicalDeviceImageFormatProperties2(
    Replay& replay, wire::Args_vkGetPhysicalDeviceImageFormatProperties2& args,
    wire::Reply_vkGetPhysicalDeviceImageFormatProperties2& reply) {
    if (!replay.vk().vkGetPhysicalDeviceImageFormatProperties2)
        return replay.unserved("vkGetPhysicalDeviceImageFormatProperties2");
    reply.result = answer_image_format(
        replay.vk(), replay.services().options().import_way == worker::ImportWay::HostPointer,
        args.physicalDevice, *args.pImageFormatInfo, *args.pImageFormatProperties);
    reply.pImageFormatProperties = args.pImageFormatProperties;
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
