// Answers what applications ask about the GPU; what does not change is asked of the host once.
#include "icd/physical_device.h"

#include <algorithm>
#include <cstring>
#include <span>

#include "entries.h"
#include "icd/external.h"
#include "icd/forward.h"
#include "icd/instance.h"
#include "wire/chain.h"
#include "wire/hidden.h"
#include "wsi/enumerate.h"

namespace vgpu::icd {

namespace {

constexpr char kThrough[] = " through xen-vgpu " VGPU_VERSION;

// Says at the end of the driver's own words which way leads to it.
void amend_driver_info(char (&info)[VK_MAX_DRIVER_INFO_SIZE]) {
    info[VK_MAX_DRIVER_INFO_SIZE - 1] = '\0';
    const std::size_t kept = std::min(std::strlen(info), sizeof(info) - sizeof(kThrough));
    std::memcpy(info + kept, kThrough, sizeof(kThrough));
}

void amend(VkPhysicalDeviceProperties& properties, const WireMatch& match) {
    properties.apiVersion = offered_version(properties.apiVersion, match);
    properties.deviceName[VK_MAX_PHYSICAL_DEVICE_NAME_SIZE - 1] = '\0';
}

bool ask_queue_families(PhysicalDevice& device) {
    wire::Args_vkGetPhysicalDeviceQueueFamilyProperties args{
        .physicalDevice = handle_of_object<VkPhysicalDevice>(device)};
    wire::Reply_vkGetPhysicalDeviceQueueFamilyProperties count{};
    if (!call(*device.context, args, count)) return false;
    device.queue_families.resize(std::min(count.pQueueFamilyPropertyCount, 64u));
    args.pQueueFamilyPropertyCount = static_cast<std::uint32_t>(device.queue_families.size());
    args.pQueueFamilyProperties = device.queue_families.data();
    wire::Reply_vkGetPhysicalDeviceQueueFamilyProperties reply{};
    reply.pQueueFamilyProperties = device.queue_families.data();
    reply.pQueueFamilyProperties_capacity = device.queue_families.size();
    return call(*device.context, args, reply);
}

bool ask_extensions(PhysicalDevice& device) {
    wire::Args_vkEnumerateDeviceExtensionProperties args{
        .physicalDevice = handle_of_object<VkPhysicalDevice>(device)};
    wire::Reply_vkEnumerateDeviceExtensionProperties count{};
    if (!call(*device.context, args, count)) return false;
    std::vector<VkExtensionProperties> host(std::min(count.pPropertyCount, 4096u));
    args.pPropertyCount = static_cast<std::uint32_t>(host.size());
    args.pProperties = host.data();
    wire::Reply_vkEnumerateDeviceExtensionProperties reply{};
    reply.pProperties = host.data();
    reply.pProperties_capacity = host.size();
    if (!call(*device.context, args, reply)) return false;
    host.resize(std::min<std::size_t>(reply.pPropertyCount, host.size()));
    device.extensions = offered_device_extensions(host, device.instance.wire_match);
    offer_sharing(device, device.extensions);
    return true;
}

// What no posted create may exceed: the host would refuse it, and the context would be lost.
bool ask_max_buffer_size(PhysicalDevice& device) {
    for (std::uint32_t i = 0; i < device.memory.memoryHeapCount; ++i)
        device.max_buffer_size =
            std::max(device.max_buffer_size, device.memory.memoryHeaps[i].size);
    if (!device.has_version(VK_API_VERSION_1_3)) return true;
    VkPhysicalDeviceMaintenance4Properties limits{
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MAINTENANCE_4_PROPERTIES};
    VkPhysicalDeviceProperties2 properties{.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2,
                                           .pNext = &limits};
    const wire::Args_vkGetPhysicalDeviceProperties2 args{
        .physicalDevice = handle_of_object<VkPhysicalDevice>(device), .pProperties = &properties};
    wire::Reply_vkGetPhysicalDeviceProperties2 reply{.pProperties = &properties};
    if (!call(*device.context, args, reply)) return false;
    if (limits.maxBufferSize != 0) device.max_buffer_size = limits.maxBufferSize;
    return true;
}

// The host's budget is that of the whole GPU; no heap's is larger than the heap (Vulkan
// specification, VkPhysicalDeviceMemoryBudgetPropertiesEXT), and the guest's may be smaller.
void amend_budget(const PhysicalDevice& device, VkPhysicalDeviceMemoryProperties2& properties) {
    auto* budget = find_in_chain<VkPhysicalDeviceMemoryBudgetPropertiesEXT>(
        properties.pNext, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MEMORY_BUDGET_PROPERTIES_EXT);
    if (!budget) return;
    for (std::uint32_t i = 0; i < device.memory.memoryHeapCount; ++i)
        budget->heapBudget[i] = std::min(budget->heapBudget[i], device.memory.memoryHeaps[i].size);
}

}  // namespace

PhysicalDevice::PhysicalDevice(Instance& owner)
    : Dispatchable(*owner.connection), instance(owner) {}

bool PhysicalDevice::load() {
    const auto handle = handle_of_object<VkPhysicalDevice>(*this);
    const wire::Args_vkGetPhysicalDeviceProperties ask_properties{handle, &properties};
    wire::Reply_vkGetPhysicalDeviceProperties told_properties{&properties};
    if (!call(*context, ask_properties, told_properties)) return false;
    amend(properties, instance.wire_match);

    const wire::Args_vkGetPhysicalDeviceMemoryProperties ask_memory{handle, &memory};
    wire::Reply_vkGetPhysicalDeviceMemoryProperties told_memory{&memory};
    if (!call(*context, ask_memory, told_memory)) return false;
    memory.memoryTypeCount = std::min<std::uint32_t>(memory.memoryTypeCount, VK_MAX_MEMORY_TYPES);
    memory.memoryHeapCount = std::min<std::uint32_t>(memory.memoryHeapCount, VK_MAX_MEMORY_HEAPS);
    for (VkMemoryType& type : memory.memoryTypes)
        type.heapIndex = std::min<std::uint32_t>(type.heapIndex, VK_MAX_MEMORY_HEAPS - 1);

    window_driver.physical_device = handle;
    return ask_queue_families(*this) && ask_extensions(*this) && ask_max_buffer_size(*this) &&
           wsi::load_physical_functions(window_driver, handle_of_object<VkInstance>(instance),
                                        entry_vkGetInstanceProcAddr);
}

bool PhysicalDevice::has_version(std::uint32_t version) const {
    return properties.apiVersion >= version;
}

VKAPI_ATTR VkResult VKAPI_CALL entry_vkEnumeratePhysicalDevices(
    VkInstance instance, uint32_t* pPhysicalDeviceCount, VkPhysicalDevice* pPhysicalDevices) {
    const auto& all = object_of<Instance>(instance).physical_devices;
    return wsi::enumerate(std::span(all), pPhysicalDeviceCount, pPhysicalDevices,
                          [](VkPhysicalDevice& to, const std::unique_ptr<PhysicalDevice>& from) {
                              to = handle_of_object<VkPhysicalDevice>(*from);
                          });
}

VKAPI_ATTR VkResult VKAPI_CALL entry_vkEnumeratePhysicalDeviceGroups(
    VkInstance instance, uint32_t* pPhysicalDeviceGroupCount,
    VkPhysicalDeviceGroupProperties* pPhysicalDeviceGroupProperties) {
    const auto& all = object_of<Instance>(instance).physical_devices;
    return wsi::enumerate(
        std::span(all), pPhysicalDeviceGroupCount, pPhysicalDeviceGroupProperties,
        [](VkPhysicalDeviceGroupProperties& to, const std::unique_ptr<PhysicalDevice>& from) {
            std::fill(std::begin(to.physicalDevices), std::end(to.physicalDevices),
                      VkPhysicalDevice{});
            to.physicalDeviceCount = 1;
            to.physicalDevices[0] = handle_of_object<VkPhysicalDevice>(*from);
            to.subsetAllocation = VK_FALSE;
        });
}

VKAPI_ATTR VkResult VKAPI_CALL entry_vkEnumerateDeviceLayerProperties(VkPhysicalDevice,
                                                                      uint32_t* pPropertyCount,
                                                                      VkLayerProperties*) {
    *pPropertyCount = 0;
    return VK_SUCCESS;
}

VKAPI_ATTR VkResult VKAPI_CALL entry_vkEnumerateDeviceExtensionProperties(
    VkPhysicalDevice physicalDevice, const char* pLayerName, uint32_t* pPropertyCount,
    VkExtensionProperties* pProperties) {
    if (pLayerName) return VK_ERROR_LAYER_NOT_PRESENT;
    const auto& all = object_of<PhysicalDevice>(physicalDevice).extensions;
    return wsi::enumerate(std::span(all), pPropertyCount, pProperties);
}

VKAPI_ATTR void VKAPI_CALL entry_vkGetPhysicalDeviceProperties(
    VkPhysicalDevice physicalDevice, VkPhysicalDeviceProperties* pProperties) {
    *pProperties = object_of<PhysicalDevice>(physicalDevice).properties;
}

VKAPI_ATTR void VKAPI_CALL entry_vkGetPhysicalDeviceProperties2(
    VkPhysicalDevice physicalDevice, VkPhysicalDeviceProperties2* pProperties) {
    const auto& device = object_of<PhysicalDevice>(physicalDevice);
    pProperties->properties = device.properties;
    if (!pProperties->pNext) return;
    const wire::Args_vkGetPhysicalDeviceProperties2 args{.physicalDevice = physicalDevice,
                                                         .pProperties = pProperties};
    wire::Reply_vkGetPhysicalDeviceProperties2 reply{.pProperties = pProperties};
    if (!call(*device.context, args, reply)) return;
    pProperties->properties = device.properties;
    wire::hide(pProperties->pNext);
#ifdef VK_KHR_maintenance7
    if (auto* layers = find_in_chain<VkPhysicalDeviceLayeredApiPropertiesListKHR>(
            pProperties->pNext, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_LAYERED_API_PROPERTIES_LIST_KHR))
        layers->layeredApiCount = 0;
#endif
    if (auto* driver = find_in_chain<VkPhysicalDeviceDriverProperties>(
            pProperties->pNext, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DRIVER_PROPERTIES))
        amend_driver_info(driver->driverInfo);
    if (auto* vulkan12 = find_in_chain<VkPhysicalDeviceVulkan12Properties>(
            pProperties->pNext, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_PROPERTIES))
        amend_driver_info(vulkan12->driverInfo);
}

VKAPI_ATTR void VKAPI_CALL entry_vkGetPhysicalDeviceQueueFamilyProperties(
    VkPhysicalDevice physicalDevice, uint32_t* pQueueFamilyPropertyCount,
    VkQueueFamilyProperties* pQueueFamilyProperties) {
    const auto& all = object_of<PhysicalDevice>(physicalDevice).queue_families;
    wsi::enumerate(std::span(all), pQueueFamilyPropertyCount, pQueueFamilyProperties);
}

VKAPI_ATTR void VKAPI_CALL entry_vkGetPhysicalDeviceMemoryProperties(
    VkPhysicalDevice physicalDevice, VkPhysicalDeviceMemoryProperties* pMemoryProperties) {
    *pMemoryProperties = object_of<PhysicalDevice>(physicalDevice).memory;
}

VKAPI_ATTR void VKAPI_CALL entry_vkGetPhysicalDeviceMemoryProperties2(
    VkPhysicalDevice physicalDevice, VkPhysicalDeviceMemoryProperties2* pMemoryProperties) {
    const auto& device = object_of<PhysicalDevice>(physicalDevice);
    if (pMemoryProperties->pNext) {  // a budget, which changes
        const wire::Args_vkGetPhysicalDeviceMemoryProperties2 args{
            .physicalDevice = physicalDevice, .pMemoryProperties = pMemoryProperties};
        wire::Reply_vkGetPhysicalDeviceMemoryProperties2 reply{.pMemoryProperties =
                                                                   pMemoryProperties};
        if (call(*device.context, args, reply)) amend_budget(device, *pMemoryProperties);
    }
    pMemoryProperties->memoryProperties = device.memory;
}

}  // namespace vgpu::icd
