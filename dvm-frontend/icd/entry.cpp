// What the loader, or an application that links this library itself, finds in it first.
#include <cstring>
#include <string_view>

#include "entries.h"
#include "icd/device.h"
#include "icd/instance.h"

#define VGPU_EXPORT extern "C" __attribute__((visibility("default")))

namespace vgpu::icd {

namespace {

// The loader's interface (vk_icd.h). Below 3 the loader itself would make surfaces, which then
// were none of ours.
constexpr std::uint32_t kOldestInterface = 3;
constexpr std::uint32_t kNewestInterface = 7;

// Commands that are asked for without an instance (Vulkan specification, vkGetInstanceProcAddr).
bool is_global(std::string_view name) {
    return name == "vkCreateInstance" || name == "vkEnumerateInstanceVersion" ||
           name == "vkEnumerateInstanceExtensionProperties" ||
           name == "vkEnumerateInstanceLayerProperties";
}

bool is_of_physical_device(std::string_view name) {
    return name.starts_with("vkGetPhysicalDevice") || name == "vkCreateDevice" ||
           name == "vkEnumerateDeviceExtensionProperties" ||
           name == "vkEnumerateDeviceLayerProperties";
}

// An instance offers the commands of its extensions, and of every device's.
bool offers(const Instance& instance, const Entry& entry) {
    if (!entry.extension) return true;
    const wire::CarriedExtension* extension = wire::find_extension(entry.extension);
    if (!extension || instance.wire_match.breaks(entry.extension)) return false;
    return !extension->instance || instance.enabled.has(entry.extension);
}

// Some commands come with either of two extensions; the entry names one of them.
bool offers(const Device& device, const Entry& entry) {
    if (!entry.extension || device.has_extension(entry.extension)) return true;
    const std::string_view name = entry.name;
    if (name == "vkCmdPushDescriptorSetWithTemplateKHR")
        return device.has_extension(VK_KHR_PUSH_DESCRIPTOR_EXTENSION_NAME);
    return std::string_view(entry.extension) == VK_KHR_SWAPCHAIN_EXTENSION_NAME &&
           name.starts_with("vkGetDeviceGroup") &&
           device.has_extension(VK_KHR_DEVICE_GROUP_EXTENSION_NAME);
}

PFN_vkVoidFunction interface_function(std::string_view name);

}  // namespace

VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL entry_vkGetInstanceProcAddr(VkInstance instance,
                                                                     const char* pName) {
    if (!pName) return nullptr;
    const Entry* entry = find_entry(pName);
    if (!instance) {
        const bool global = is_global(pName) || std::strcmp(pName, "vkGetInstanceProcAddr") == 0;
        return entry && global ? entry->function : interface_function(pName);
    }
    if (!entry || is_global(pName)) return nullptr;
    return offers(object_of<Instance>(instance), *entry) ? entry->function : nullptr;
}

VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL entry_vkGetDeviceProcAddr(VkDevice device,
                                                                   const char* pName) {
    if (!device || !pName) return nullptr;
    const Entry* entry = find_entry(pName);
    if (!entry || !entry->device_level) return nullptr;
    return offers(object_of<Device>(device), *entry) ? entry->function : nullptr;
}

}  // namespace vgpu::icd

VGPU_EXPORT VKAPI_ATTR VkResult VKAPI_CALL
vk_icdNegotiateLoaderICDInterfaceVersion(uint32_t* pVersion) {
    using namespace vgpu::icd;
    if (*pVersion < kOldestInterface) return VK_ERROR_INCOMPATIBLE_DRIVER;
    if (*pVersion > kNewestInterface) *pVersion = kNewestInterface;
    return VK_SUCCESS;
}

VGPU_EXPORT VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL vk_icdGetInstanceProcAddr(VkInstance instance,
                                                                               const char* pName) {
    return vgpu::icd::entry_vkGetInstanceProcAddr(instance, pName);
}

// Only commands whose first argument is a physical device.
VGPU_EXPORT VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL
vk_icdGetPhysicalDeviceProcAddr(VkInstance instance, const char* pName) {
    if (!instance || !pName || !vgpu::icd::is_of_physical_device(pName)) return nullptr;
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

namespace vgpu::icd {
namespace {

// The loader's own functions, which interface 7 finds through vkGetInstanceProcAddr too.
PFN_vkVoidFunction interface_function(std::string_view name) {
    if (name == "vk_icdNegotiateLoaderICDInterfaceVersion")
        return reinterpret_cast<PFN_vkVoidFunction>(vk_icdNegotiateLoaderICDInterfaceVersion);
    if (name == "vk_icdGetPhysicalDeviceProcAddr")
        return reinterpret_cast<PFN_vkVoidFunction>(vk_icdGetPhysicalDeviceProcAddr);
    return nullptr;
}

}  // namespace
}  // namespace vgpu::icd
