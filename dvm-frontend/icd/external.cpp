// Answers what can be shared. Handles are those of processes of this guest: none crosses domains.
#include "icd/external.h"

#include <cstring>

#include "entries.h"
#include "extensions.h"
#include "icd/device.h"
#include "icd/forward.h"
#include "wire/chain.h"

namespace vgpu::icd {

namespace {

constexpr VkExternalMemoryFeatureFlags kBothWays =
    VK_EXTERNAL_MEMORY_FEATURE_EXPORTABLE_BIT | VK_EXTERNAL_MEMORY_FEATURE_IMPORTABLE_BIT;

// Sparse and protected buffers are never bound to guest pages.
bool can_share(const PhysicalDevice& device, const VkPhysicalDeviceExternalBufferInfo& info) {
    return info.handleType == VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT && info.flags == 0 &&
           can_share_memory(device);
}

bool is_timeline(const VkPhysicalDeviceExternalSemaphoreInfo& info) {
    const auto* type = find_in_chain<VkSemaphoreTypeCreateInfo>(
        info.pNext, VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO);
    return type && type->semaphoreType == VK_SEMAPHORE_TYPE_TIMELINE;
}

// The kinds of descriptors that a semaphore can be exported as, whichever it was created for.
VkExternalSemaphoreHandleTypeFlags semaphore_handles(const PhysicalDevice& device, bool timeline) {
    if (!can_share_semaphores(device)) return 0;
    // A sync file knows one signal, and a timeline many.
    return timeline ? VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_FD_BIT
                    : VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_FD_BIT |
                          VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_SYNC_FD_BIT;
}

}  // namespace

void offer_sharing(const PhysicalDevice& device, std::vector<VkExtensionProperties>& extensions) {
    const auto offer = [&](bool possible, const char* name) {
        if (!possible || !wire::find_extension(name)) return;
        VkExtensionProperties offered{};
        std::strncpy(offered.extensionName, name, sizeof(offered.extensionName) - 1);
        offered.specVersion = 1;
        extensions.push_back(offered);
    };
    if (!device.has_version(VK_API_VERSION_1_1)) return;
    offer(true, VK_KHR_EXTERNAL_FENCE_FD_EXTENSION_NAME);
    offer(can_share_semaphores(device), VK_KHR_EXTERNAL_SEMAPHORE_FD_EXTENSION_NAME);
    offer(can_share_memory(device), VK_KHR_EXTERNAL_MEMORY_FD_EXTENSION_NAME);
}

bool can_share_memory(const PhysicalDevice& device) {
    return shareable_types(device) != 0;
}

bool can_share_semaphores(const PhysicalDevice& device) {
    return device.has_version(VK_API_VERSION_1_2);
}

std::uint32_t shareable_types(const PhysicalDevice& device) {
    std::uint32_t types = 0;
    for (std::uint32_t i = 0; i < device.memory.memoryTypeCount; ++i)
        if (device.host_visible(i)) types |= 1u << i;
    return types;
}

void keep_shareable_types(VkDevice device, VkMemoryRequirements2& requirements) {
    requirements.memoryRequirements.memoryTypeBits &=
        shareable_types(object_of<Device>(device).physical_device);
}

bool is_external(const VkBufferCreateInfo& info) {
    const auto* external = find_in_chain<VkExternalMemoryBufferCreateInfo>(
        info.pNext, VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_BUFFER_CREATE_INFO);
    return external && external->handleTypes != 0;
}

bool is_external(const VkImageCreateInfo& info) {
    const auto* external = find_in_chain<VkExternalMemoryImageCreateInfo>(
        info.pNext, VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_IMAGE_CREATE_INFO);
    return external && external->handleTypes != 0;
}

VKAPI_ATTR VkResult VKAPI_CALL entry_vkGetPhysicalDeviceImageFormatProperties2(
    VkPhysicalDevice physicalDevice, const VkPhysicalDeviceImageFormatInfo2* pImageFormatInfo,
    VkImageFormatProperties2* pImageFormatProperties) {
    pImageFormatProperties->imageFormatProperties = {};
    if (auto* external = find_in_chain<VkExternalImageFormatProperties>(
            pImageFormatProperties->pNext, VK_STRUCTURE_TYPE_EXTERNAL_IMAGE_FORMAT_PROPERTIES))
        external->externalMemoryProperties = {};
    const auto* wanted = find_in_chain<VkPhysicalDeviceExternalImageFormatInfo>(
        pImageFormatInfo->pNext, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_EXTERNAL_IMAGE_FORMAT_INFO);
    const bool shared = wanted && wanted->handleType != 0;
    const bool possible =
        !shared || (wanted->handleType == VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT &&
                    can_share_memory(object_of<PhysicalDevice>(physicalDevice)));
    if (!possible || pImageFormatInfo->tiling == VK_IMAGE_TILING_DRM_FORMAT_MODIFIER_EXT)
        return VK_ERROR_FORMAT_NOT_SUPPORTED;

    const wire::Args_vkGetPhysicalDeviceImageFormatProperties2 args{
        .physicalDevice = physicalDevice,
        .pImageFormatInfo = pImageFormatInfo,
        .pImageFormatProperties = pImageFormatProperties};
    wire::Reply_vkGetPhysicalDeviceImageFormatProperties2 reply{};
    reply.pImageFormatProperties = pImageFormatProperties;
    if (!call(context_of(physicalDevice), args, reply)) return VK_ERROR_DEVICE_LOST;
    return reply.result;
}

VKAPI_ATTR void VKAPI_CALL entry_vkGetPhysicalDeviceExternalBufferProperties(
    VkPhysicalDevice physicalDevice, const VkPhysicalDeviceExternalBufferInfo* pExternalBufferInfo,
    VkExternalBufferProperties* pExternalBufferProperties) {
    VkExternalMemoryProperties& properties = pExternalBufferProperties->externalMemoryProperties;
    properties = {};
    if (!can_share(object_of<PhysicalDevice>(physicalDevice), *pExternalBufferInfo)) return;
    properties = {kBothWays, VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT,
                  VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT};
}

VKAPI_ATTR void VKAPI_CALL entry_vkGetPhysicalDeviceExternalFenceProperties(
    VkPhysicalDevice, const VkPhysicalDeviceExternalFenceInfo* pExternalFenceInfo,
    VkExternalFenceProperties* pExternalFenceProperties) {
    constexpr VkExternalFenceHandleTypeFlags kHandles =
        VK_EXTERNAL_FENCE_HANDLE_TYPE_OPAQUE_FD_BIT | VK_EXTERNAL_FENCE_HANDLE_TYPE_SYNC_FD_BIT;
    const bool possible = (pExternalFenceInfo->handleType & kHandles) != 0;
    pExternalFenceProperties->exportFromImportedHandleTypes = possible ? kHandles : 0;
    pExternalFenceProperties->compatibleHandleTypes = possible ? kHandles : 0;
    pExternalFenceProperties->externalFenceFeatures =
        possible
            ? VK_EXTERNAL_FENCE_FEATURE_EXPORTABLE_BIT | VK_EXTERNAL_FENCE_FEATURE_IMPORTABLE_BIT
            : 0;
}

VKAPI_ATTR void VKAPI_CALL entry_vkGetPhysicalDeviceExternalSemaphoreProperties(
    VkPhysicalDevice physicalDevice,
    const VkPhysicalDeviceExternalSemaphoreInfo* pExternalSemaphoreInfo,
    VkExternalSemaphoreProperties* pExternalSemaphoreProperties) {
    const VkExternalSemaphoreHandleTypeFlags handles = semaphore_handles(
        object_of<PhysicalDevice>(physicalDevice), is_timeline(*pExternalSemaphoreInfo));
    const bool possible = (pExternalSemaphoreInfo->handleType & handles) != 0;
    pExternalSemaphoreProperties->exportFromImportedHandleTypes = possible ? handles : 0;
    pExternalSemaphoreProperties->compatibleHandleTypes = possible ? handles : 0;
    pExternalSemaphoreProperties->externalSemaphoreFeatures =
        possible ? VK_EXTERNAL_SEMAPHORE_FEATURE_EXPORTABLE_BIT |
                       VK_EXTERNAL_SEMAPHORE_FEATURE_IMPORTABLE_BIT
                 : 0;
}

}  // namespace vgpu::icd
