// What the loader, or an application that links this library itself, finds in it first.
#include <vulkan/vk_icd.h>

#include <cstring>
#include <string_view>

#include "entries.h"

#define VGPU_EXPORT extern "C" __attribute__((visibility("default")))

namespace {

// The loader's interface (vk_icd.h). Below 3 the loader itself would make surfaces, which then
// were none of ours.
constexpr std::uint32_t kOldestInterface = 3;
constexpr std::uint32_t kNewestInterface = 7;

bool is_of_physical_device(std::string_view name) {
    return name.starts_with("vkGetPhysicalDevice") || name == "vkCreateDevice" ||
           name == "vkEnumerateDeviceExtensionProperties" ||
           name == "vkEnumerateDeviceLayerProperties";
}

}  // namespace

VGPU_EXPORT VKAPI_ATTR VkResult VKAPI_CALL
vk_icdNegotiateLoaderICDInterfaceVersion(uint32_t* pVersion) {
    if (*pVersion < kOldestInterface) return VK_ERROR_INCOMPATIBLE_DRIVER;
    if (*pVersion > kNewestInterface) *pVersion = kNewestInterface;
    return VK_SUCCESS;
}

VGPU_EXPORT VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL vk_icdGetInstanceProcAddr(VkInstance instance,
                                                                               const char* pName) {
    // The loader's own functions, which interface 7 finds this way too.
    if (pName && std::strcmp(pName, "vk_icdNegotiateLoaderICDInterfaceVersion") == 0)
        return reinterpret_cast<PFN_vkVoidFunction>(vk_icdNegotiateLoaderICDInterfaceVersion);
    if (pName && std::strcmp(pName, "vk_icdGetPhysicalDeviceProcAddr") == 0)
        return reinterpret_cast<PFN_vkVoidFunction>(vk_icdGetPhysicalDeviceProcAddr);
    return vgpu::icd::entry_vkGetInstanceProcAddr(instance, pName);
}

// Only commands whose first argument is a physical device.
VGPU_EXPORT VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL
vk_icdGetPhysicalDeviceProcAddr(VkInstance instance, const char* pName) {
    if (!instance || !pName || !is_of_physical_device(pName)) return nullptr;
    return vgpu::icd::entry_vkGetInstanceProcAddr(instance, pName);
}

VGPU_EXPORT VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL vkGetInstanceProcAddr(VkInstance instance,
                                                                           const char* pName) {
    return vgpu::icd::entry_vkGetInstanceProcAddr(instance, pName);
}

VGPU_EXPORT VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL vkGetDeviceProcAddr(VkDevice device,
                                                                         const char* pName) {
    return vgpu::icd::entry_vkGetDeviceProcAddr(device, pName);
}

VGPU_EXPORT VKAPI_ATTR VkResult VKAPI_CALL vkCreateInstance(const VkInstanceCreateInfo* pCreateInfo,
                                                            const VkAllocationCallbacks* pAllocator,
                                                            VkInstance* pInstance) {
    return vgpu::icd::entry_vkCreateInstance(pCreateInfo, pAllocator, pInstance);
}

VGPU_EXPORT VKAPI_ATTR VkResult VKAPI_CALL vkEnumerateInstanceVersion(uint32_t* pApiVersion) {
    return vgpu::icd::entry_vkEnumerateInstanceVersion(pApiVersion);
}

VGPU_EXPORT VKAPI_ATTR VkResult VKAPI_CALL
vkEnumerateInstanceLayerProperties(uint32_t* pPropertyCount, VkLayerProperties* pProperties) {
    return vgpu::icd::entry_vkEnumerateInstanceLayerProperties(pPropertyCount, pProperties);
}

VGPU_EXPORT VKAPI_ATTR VkResult VKAPI_CALL vkEnumerateInstanceExtensionProperties(
    const char* pLayerName, uint32_t* pPropertyCount, VkExtensionProperties* pProperties) {
    return vgpu::icd::entry_vkEnumerateInstanceExtensionProperties(pLayerName, pPropertyCount,
                                                                   pProperties);
}
