// Reads what identifies a physical device.
#include "worker/gpu_identity.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <vector>

namespace vgpu::worker {

namespace {

bool has_extension(VkPhysicalDevice device, const char* name) {
    std::uint32_t count = 0;
    vkEnumerateDeviceExtensionProperties(device, nullptr, &count, nullptr);
    std::vector<VkExtensionProperties> all(count);
    vkEnumerateDeviceExtensionProperties(device, nullptr, &count, all.data());
    return std::any_of(all.begin(), all.end(), [&](const VkExtensionProperties& extension) {
        return std::strcmp(extension.extensionName, name) == 0;
    });
}

std::string pci_address(const VkPhysicalDevicePCIBusInfoPropertiesEXT& pci) {
    char text[32];
    std::snprintf(text, sizeof text, "%04x:%02x:%02x.%x", pci.pciDomain, pci.pciBus, pci.pciDevice,
                  pci.pciFunction);
    return text;
}

}  // namespace

std::vector<VkPhysicalDevice> devices_of(VkInstance instance) {
    std::uint32_t count = 0;
    vkEnumeratePhysicalDevices(instance, &count, nullptr);
    std::vector<VkPhysicalDevice> devices(count);
    vkEnumeratePhysicalDevices(instance, &count, devices.data());
    devices.resize(count);
    return devices;
}

GpuIdentity identify_gpu(VkInstance instance, VkPhysicalDevice device) {
    auto get_properties = reinterpret_cast<PFN_vkGetPhysicalDeviceProperties2>(
        vkGetInstanceProcAddr(instance, "vkGetPhysicalDeviceProperties2"));
    if (get_properties == nullptr) {
        get_properties = reinterpret_cast<PFN_vkGetPhysicalDeviceProperties2>(
            vkGetInstanceProcAddr(instance, "vkGetPhysicalDeviceProperties2KHR"));
    }
    VkPhysicalDevicePCIBusInfoPropertiesEXT pci{};
    pci.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PCI_BUS_INFO_PROPERTIES_EXT;
    const bool on_pci = has_extension(device, VK_EXT_PCI_BUS_INFO_EXTENSION_NAME);
    VkPhysicalDeviceIDProperties id{};
    id.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_ID_PROPERTIES;
    if (on_pci) id.pNext = &pci;
    VkPhysicalDeviceProperties2 properties{};
    properties.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2;
    properties.pNext = &id;
    get_properties(device, &properties);

    GpuIdentity identity;
    identity.name = properties.properties.deviceName;
    if (on_pci) identity.pci_address = pci_address(pci);
    identity.vendor_id = properties.properties.vendorID;
    identity.device_id = properties.properties.deviceID;
    std::copy(std::begin(id.deviceUUID), std::end(id.deviceUUID), identity.uuid.begin());
    return identity;
}

bool is_same_gpu(const GpuIdentity& a, const GpuIdentity& b) {
    return a.name == b.name && a.pci_address == b.pci_address && a.vendor_id == b.vendor_id &&
           a.device_id == b.device_id && a.uuid == b.uuid;
}

}  // namespace vgpu::worker
