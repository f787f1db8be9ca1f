// Makes instances and devices in the various ways, several of them at once.
#include <cstdint>
#include <memory>

#include "common/handles.h"
#include "objects/parts.h"

namespace vgpu::programs {

namespace {

using Device = std::unique_ptr<VkDevice_T, void (*)(VkDevice)>;

Device create_device(const Gpu& gpu, const void* next, const VkPhysicalDeviceFeatures* features) {
    const float priority = 0.5f;
    VkDeviceQueueCreateInfo queue{VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO};
    queue.queueFamilyIndex = gpu.family();
    queue.queueCount = 1;
    queue.pQueuePriorities = &priority;
    VkDeviceCreateInfo info{VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO};
    info.pNext = next;
    info.queueCreateInfoCount = 1;
    info.pQueueCreateInfos = &queue;
    info.pEnabledFeatures = features;
    VkDevice device = VK_NULL_HANDLE;
    check(vkCreateDevice(gpu.physical(), &info, nullptr, &device));
    return Device(device, [](VkDevice gone) { vkDestroyDevice(gone, nullptr); });
}

void one_submit(const Gpu& gpu, VkDevice device) {
    VkQueue queue = VK_NULL_HANDLE;
    VkDeviceQueueInfo2 info{VK_STRUCTURE_TYPE_DEVICE_QUEUE_INFO_2};
    info.queueFamilyIndex = gpu.family();
    vkGetDeviceQueue2(device, &info, &queue);
    const Fence fence(device, VkFenceCreateInfo{VK_STRUCTURE_TYPE_FENCE_CREATE_INFO});
    check(vkQueueSubmit(queue, 0, nullptr, fence));
    check(vkWaitForFences(device, 1, fence.address(), VK_TRUE, UINT64_MAX));
}

void several_devices(const Stage& stage) {
    const Gpu& gpu = stage.gpu;
    const Features& offered = gpu.features();
    std::vector<Device> devices;
    devices.push_back(create_device(gpu, nullptr, nullptr));
    devices.push_back(create_device(gpu, nullptr, &offered.all.features));
    devices.push_back(create_device(gpu, &offered.all, nullptr));
    for (const Device& device : devices) one_submit(gpu, device.get());
    for (const Device& device : devices) check(vkDeviceWaitIdle(device.get()));
}

void refused_devices(const Stage& stage) {
    const char* unknown = "VK_XVGPU_there_is_no_such_extension";
    const float priority = 1.0f;
    VkDeviceQueueCreateInfo queue{VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO};
    queue.queueFamilyIndex = stage.gpu.family();
    queue.queueCount = 1;
    queue.pQueuePriorities = &priority;
    VkDeviceCreateInfo info{VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO};
    info.queueCreateInfoCount = 1;
    info.pQueueCreateInfos = &queue;
    info.enabledExtensionCount = 1;
    info.ppEnabledExtensionNames = &unknown;
    VkDevice device = VK_NULL_HANDLE;
    stage.report.check(vkCreateDevice(stage.gpu.physical(), &info, nullptr, &device) ==
                           VK_ERROR_EXTENSION_NOT_PRESENT,
                       "A device with an unknown extension is refused.");
}

void several_instances(const Stage& stage) {
    const Instance first(false), second(false);
    const Gpu one(first, 0), two(second, 0);
    one_submit(one, one.device());
    one_submit(two, two.device());
    stage.report.check(one.properties().deviceID == two.properties().deviceID,
                       "Two instances see the same device.");
}

void device_groups(const Stage& stage) {
    std::uint32_t count = 0;
    check(vkEnumeratePhysicalDeviceGroups(stage.gpu.instance(), &count, nullptr));
    std::vector<VkPhysicalDeviceGroupProperties> groups(
        count, {VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_GROUP_PROPERTIES});
    check(vkEnumeratePhysicalDeviceGroups(stage.gpu.instance(), &count, groups.data()));
    stage.report.value("device_groups", count);
    for (const auto& group : groups) {
        VkDeviceGroupDeviceCreateInfo members{VK_STRUCTURE_TYPE_DEVICE_GROUP_DEVICE_CREATE_INFO};
        members.physicalDeviceCount = group.physicalDeviceCount;
        members.pPhysicalDevices = group.physicalDevices;
        if (group.physicalDevices[0] != stage.gpu.physical()) continue;
        const Device device = create_device(stage.gpu, &members, nullptr);
        VkPeerMemoryFeatureFlags peer = 0;
        if (group.physicalDeviceCount > 1)
            vkGetDeviceGroupPeerMemoryFeatures(device.get(), 0, 0, 1, &peer);
        one_submit(stage.gpu, device.get());
    }
}

}  // namespace

void devices(const Stage& stage) {
    several_devices(stage);
    refused_devices(stage);
    several_instances(stage);
    device_groups(stage);
    std::uint32_t version = 0;
    check(vkEnumerateInstanceVersion(&version));
    stage.report.value("devices", "made");
}

}  // namespace vgpu::programs
