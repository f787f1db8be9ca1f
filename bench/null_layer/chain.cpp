// Creates and destroys instances and devices through the layer.
#include "chain.h"

namespace vgpu::null_layer {

ByHandle<NextInstance> next_instances;
ByHandle<NextDevice> next_devices;

namespace {

// The loader's struct in a create-info's chain that says what comes next. The loader means it to
// be changed: each layer moves it on for the one below.
template <typename LayerInfo>
LayerInfo* find_link(const void* chain, VkStructureType type) {
    for (auto* link = static_cast<const VkBaseInStructure*>(chain); link != nullptr;
         link = link->pNext) {
        auto* info = reinterpret_cast<LayerInfo*>(const_cast<VkBaseInStructure*>(link));
        if (link->sType == type && info->function == VK_LAYER_LINK_INFO) return info;
    }
    return nullptr;
}

}  // namespace

VkResult create_instance(const VkInstanceCreateInfo* info, const VkAllocationCallbacks* allocator,
                         VkInstance* instance) {
    auto* link = find_link<VkLayerInstanceCreateInfo>(
        info->pNext, VK_STRUCTURE_TYPE_LOADER_INSTANCE_CREATE_INFO);
    if (link == nullptr) return VK_ERROR_INITIALIZATION_FAILED;
    const PFN_vkGetInstanceProcAddr get_proc = link->u.pLayerInfo->pfnNextGetInstanceProcAddr;
    link->u.pLayerInfo = link->u.pLayerInfo->pNext;
    auto create = reinterpret_cast<PFN_vkCreateInstance>(get_proc(nullptr, "vkCreateInstance"));
    const VkResult result = create(info, allocator, instance);
    if (result != VK_SUCCESS) return result;
    next_instances.put(*instance, {get_proc, reinterpret_cast<PFN_vkDestroyInstance>(
                                                 get_proc(*instance, "vkDestroyInstance"))});
    return VK_SUCCESS;
}

void destroy_instance(VkInstance instance, const VkAllocationCallbacks* allocator) {
    if (instance == VK_NULL_HANDLE) return;
    next_instances.take(instance).destroy(instance, allocator);
}

VkResult create_device(VkPhysicalDevice physical, const VkDeviceCreateInfo* info,
                       const VkAllocationCallbacks* allocator, VkDevice* device) {
    auto* link = find_link<VkLayerDeviceCreateInfo>(info->pNext,
                                                    VK_STRUCTURE_TYPE_LOADER_DEVICE_CREATE_INFO);
    if (link == nullptr) return VK_ERROR_INITIALIZATION_FAILED;
    const VkLayerDeviceLink next = *link->u.pLayerInfo;
    link->u.pLayerInfo = link->u.pLayerInfo->pNext;
    auto create = reinterpret_cast<PFN_vkCreateDevice>(
        next.pfnNextGetInstanceProcAddr(VK_NULL_HANDLE, "vkCreateDevice"));
    const VkResult result = create(physical, info, allocator, device);
    if (result != VK_SUCCESS) return result;
    const PFN_vkGetDeviceProcAddr get_proc = next.pfnNextGetDeviceProcAddr;
    next_devices.put(
        *device,
        {get_proc, reinterpret_cast<PFN_vkDestroyDevice>(get_proc(*device, "vkDestroyDevice"))});
    return VK_SUCCESS;
}

void destroy_device(VkDevice device, const VkAllocationCallbacks* allocator) {
    if (device == VK_NULL_HANDLE) return;
    next_devices.take(device).destroy(device, allocator);
}

}  // namespace vgpu::null_layer
