// Collects the report.
#include "worker/probe.h"

#include <vulkan/vulkan.h>
#include <xf86drm.h>

#include <algorithm>
#include <cstdio>
#include <vector>

#include "worker/driver_manifest.h"
#include "worker/gpu_identity.h"
#include "worker/import_probe.h"
#include "worker/replay_port.h"

namespace vgpu::worker {

namespace {

const char* type_name(VkPhysicalDeviceType type) {
    switch (type) {
        case VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU:
            return "discrete";
        case VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU:
            return "integrated";
        case VK_PHYSICAL_DEVICE_TYPE_VIRTUAL_GPU:
            return "virtual";
        case VK_PHYSICAL_DEVICE_TYPE_CPU:
            return "cpu";
        default:
            return "other";
    }
}

std::vector<PciGpu> find_pci_gpus() {
    drmDevicePtr devices[64];
    const int count = drmGetDevices2(0, devices, 64);
    std::vector<PciGpu> gpus;
    for (int i = 0; i < count; ++i) {
        const drmDevice& device = *devices[i];
        if (device.bustype != DRM_BUS_PCI) continue;
        char address[32];
        std::snprintf(address, sizeof address, "%04x:%02x:%02x.%x", device.businfo.pci->domain,
                      device.businfo.pci->bus, device.businfo.pci->dev, device.businfo.pci->func);
        const bool renders = (device.available_nodes & 1 << DRM_NODE_RENDER) != 0;
        gpus.push_back(
            {address, device.nodes[renders ? DRM_NODE_RENDER : DRM_NODE_PRIMARY], renders});
    }
    if (count > 0) drmFreeDevices(devices, count);
    return gpus;
}

std::string render_node(const std::vector<PciGpu>& pci_gpus, const std::string& pci_address) {
    for (const PciGpu& gpu : pci_gpus) {
        if (gpu.renders && gpu.pci_address == pci_address) return gpu.node;
    }
    return {};
}

std::string flags_text(VkMemoryPropertyFlags flags) {
    std::string text;
    const auto add = [&](VkMemoryPropertyFlags flag, const char* name) {
        if (flags & flag) text += (text.empty() ? "" : " ") + std::string(name);
    };
    add(VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT, "device-local");
    add(VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT, "host-visible");
    add(VK_MEMORY_PROPERTY_HOST_COHERENT_BIT, "coherent");
    add(VK_MEMORY_PROPERTY_HOST_CACHED_BIT, "cached");
    add(VK_MEMORY_PROPERTY_LAZILY_ALLOCATED_BIT, "lazy");
    add(VK_MEMORY_PROPERTY_PROTECTED_BIT, "protected");
    return text.empty() ? "plain" : text;
}

void describe_driver(VkPhysicalDevice device, HostGpu& gpu) {
    VkPhysicalDeviceDriverProperties driver{};
    driver.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DRIVER_PROPERTIES;
    VkPhysicalDeviceProperties2 properties{};
    properties.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2;
    properties.pNext = &driver;
    vkGetPhysicalDeviceProperties2(device, &properties);
    const std::uint32_t version = properties.properties.apiVersion;
    gpu.type = type_name(properties.properties.deviceType);
    gpu.driver = std::string(driver.driverName) + " " + driver.driverInfo;
    gpu.api_version = std::to_string(VK_API_VERSION_MAJOR(version)) + "." +
                      std::to_string(VK_API_VERSION_MINOR(version)) + "." +
                      std::to_string(VK_API_VERSION_PATCH(version));
}

HostGpu describe(VkInstance instance, VkPhysicalDevice device, const std::vector<PciGpu>& pci_gpus,
                 bool test_import) {
    HostGpu gpu;
    gpu.identity = identify_gpu(instance, device);
    describe_driver(device, gpu);
    gpu.render_node = render_node(pci_gpus, gpu.identity.pci_address);
    VkPhysicalDeviceMemoryProperties memory;
    vkGetPhysicalDeviceMemoryProperties(device, &memory);
    for (std::uint32_t i = 0; i < memory.memoryTypeCount; ++i) {
        gpu.memory_types.push_back(flags_text(memory.memoryTypes[i].propertyFlags));
    }
    gpu.host_visible_bits = host_visible_types(memory);
    gpu.page_type_bits = gpu.host_visible_bits;
    gpu.import_text = "the import was not tested";
    if (!test_import) return gpu;
    const ImportFinding finding = probe_import(device);
    gpu.import_text = finding.text;
    if (finding.page_type_bits != 0) {
        gpu.import_way = ImportWay::HostPointer;
        gpu.page_type_bits = finding.page_type_bits;
    }
    return gpu;
}

void add_extensions(HostReport& report) {
    std::uint32_t count = 0;
    vkEnumerateInstanceExtensionProperties(nullptr, &count, nullptr);
    std::vector<VkExtensionProperties> all(count);
    vkEnumerateInstanceExtensionProperties(nullptr, &count, all.data());
    all.resize(count);
    for (const VkExtensionProperties& extension : all) {
        report.instance_extensions.push_back({extension.extensionName, extension.specVersion});
    }
}

void add_gpus(VkInstance instance, bool test_import, HostReport& report) {
    for (VkPhysicalDevice device : devices_of(instance)) {
        VkPhysicalDeviceProperties properties;
        vkGetPhysicalDeviceProperties(device, &properties);
        if (properties.apiVersion < VK_API_VERSION_1_1) continue;
        report.gpus.push_back(describe(instance, device, report.pci_gpus, test_import));
    }
    if (report.gpus.empty()) report.error = "The Vulkan loader finds no device with Vulkan 1.1.";
}

// Says which driver each GPU is served by, where there are several to load: this process then
// knows one driver alone.
void name_drivers(const VkInstanceCreateInfo& info, HostReport& report) {
    const std::vector<std::string> manifests = driver_manifests();
    if (manifests.size() < 2) return;
    for (const std::string& manifest : manifests) {
        use_driver_alone(manifest);
        VkInstance instance;
        if (vkCreateInstance(&info, nullptr, &instance) != VK_SUCCESS) continue;
        for (VkPhysicalDevice device : devices_of(instance)) {
            const GpuIdentity identity = identify_gpu(instance, device);
            for (HostGpu& gpu : report.gpus)
                if (is_same_gpu(gpu.identity, identity)) gpu.identity.driver_manifest = manifest;
        }
        vkDestroyInstance(instance, nullptr);
    }
}

}  // namespace

HostReport probe_host(bool test_import) {
    HostReport report;
    const auto hashes = replay::command_hashes();
    report.command_hashes.assign(hashes.begin(), hashes.end());
    const auto links = replay::link_hashes();
    report.link_hashes.assign(links.begin(), links.end());
    vkEnumerateInstanceVersion(&report.instance_version);
    // What a newer loader and driver have beyond this build's registry cannot cross.
    report.instance_version =
        std::min<std::uint32_t>(report.instance_version, VK_HEADER_VERSION_COMPLETE);
    add_extensions(report);
    report.pci_gpus = find_pci_gpus();
    VkApplicationInfo application{};
    application.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO;
    application.pApplicationName = "gvm-gpu-worker";
    application.apiVersion = VK_API_VERSION_1_1;
    VkInstanceCreateInfo info{};
    info.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO;
    info.pApplicationInfo = &application;
    VkInstance instance;
    const VkResult result = vkCreateInstance(&info, nullptr, &instance);
    if (result != VK_SUCCESS) {
        report.error = "The Vulkan loader answers " + std::to_string(result) +
                       " to vkCreateInstance: it finds no working driver.";
        return report;
    }
    add_gpus(instance, test_import, report);
    vkDestroyInstance(instance, nullptr);
    name_drivers(info, report);
    return report;
}

}  // namespace vgpu::worker
