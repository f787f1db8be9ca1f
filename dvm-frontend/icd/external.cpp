// Says that no handle crosses domains, wherever Vulkan asks for what can be shared.
#include "entries.h"
#include "icd/chain.h"
#include "icd/forward.h"
#include "icd/physical_device.h"

namespace vgpu::icd {

VKAPI_ATTR VkResult VKAPI_CALL entry_vkGetPhysicalDeviceImageFormatProperties2(
    VkPhysicalDevice physicalDevice, const VkPhysicalDeviceImageFormatInfo2* pImageFormatInfo,
    VkImageFormatProperties2* pImageFormatProperties) {
    pImageFormatProperties->imageFormatProperties = {};
    if (auto* external = find_in_chain<VkExternalImageFormatProperties>(
            pImageFormatProperties->pNext, VK_STRUCTURE_TYPE_EXTERNAL_IMAGE_FORMAT_PROPERTIES))
        external->externalMemoryProperties = {};
    const auto* wanted = find_in_chain<VkPhysicalDeviceExternalImageFormatInfo>(
        pImageFormatInfo->pNext, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_EXTERNAL_IMAGE_FORMAT_INFO);
    if ((wanted && wanted->handleType != 0) ||
        pImageFormatInfo->tiling == VK_IMAGE_TILING_DRM_FORMAT_MODIFIER_EXT)
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
    VkPhysicalDevice, const VkPhysicalDeviceExternalBufferInfo*,
    VkExternalBufferProperties* pExternalBufferProperties) {
    pExternalBufferProperties->externalMemoryProperties = {};
}

VKAPI_ATTR void VKAPI_CALL entry_vkGetPhysicalDeviceExternalFenceProperties(
    VkPhysicalDevice, const VkPhysicalDeviceExternalFenceInfo*,
    VkExternalFenceProperties* pExternalFenceProperties) {
    pExternalFenceProperties->exportFromImportedHandleTypes = 0;
    pExternalFenceProperties->compatibleHandleTypes = 0;
    pExternalFenceProperties->externalFenceFeatures = 0;
}

VKAPI_ATTR void VKAPI_CALL entry_vkGetPhysicalDeviceExternalSemaphoreProperties(
    VkPhysicalDevice, const VkPhysicalDeviceExternalSemaphoreInfo*,
    VkExternalSemaphoreProperties* pExternalSemaphoreProperties) {
    pExternalSemaphoreProperties->exportFromImportedHandleTypes = 0;
    pExternalSemaphoreProperties->compatibleHandleTypes = 0;
    pExternalSemaphoreProperties->externalSemaphoreFeatures = 0;
}

}  // namespace vgpu::icd
