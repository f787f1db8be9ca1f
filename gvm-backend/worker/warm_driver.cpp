// One instance and one device, for their side effects.
#include "worker/warm_driver.h"

#include <dlfcn.h>
#include <link.h>
#include <vulkan/vulkan.h>

#include <memory>
#include <string>
#include <vector>

#include "base/setup_error.h"
#include "worker/driver_manifest.h"
#include "worker/gpu_identity.h"
#include "worker/heap_keeper.h"

namespace vgpu::worker {

namespace {

struct DestroyInstance {
    void operator()(VkInstance instance) const { vkDestroyInstance(instance, nullptr); }
};
using Instance = std::unique_ptr<std::remove_pointer_t<VkInstance>, DestroyInstance>;

Instance make_instance() {
    VkApplicationInfo application{};
    application.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO;
    application.pApplicationName = "gvm-gpu-worker";
    application.apiVersion = VK_API_VERSION_1_1;
    VkInstanceCreateInfo info{};
    info.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO;
    info.pApplicationInfo = &application;
    VkInstance instance = VK_NULL_HANDLE;
    vkCreateInstance(&info, nullptr, &instance);
    return Instance(instance);
}

VkPhysicalDevice find_gpu(VkInstance instance, const GpuIdentity& gpu) {
    for (VkPhysicalDevice device : devices_of(instance)) {
        if (is_same_gpu(identify_gpu(instance, device), gpu)) return device;
    }
    return VK_NULL_HANDLE;
}

void make_and_destroy_device(VkPhysicalDevice physical_device) {
    const float priority = 1;
    VkDeviceQueueCreateInfo queue{};
    queue.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO;
    queue.queueCount = 1;
    queue.pQueuePriorities = &priority;
    VkDeviceCreateInfo info{};
    info.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO;
    info.queueCreateInfoCount = 1;
    info.pQueueCreateInfos = &queue;
    VkDevice device;
    if (vkCreateDevice(physical_device, &info, nullptr, &device) == VK_SUCCESS) {
        vkDestroyDevice(device, nullptr);
    }
}

int collect_library(dl_phdr_info* info, std::size_t, void* names) {
    if (info->dlpi_name != nullptr && info->dlpi_name[0] == '/') {
        static_cast<std::vector<std::string>*>(names)->push_back(info->dlpi_name);
    }
    return 0;
}

// The loader lets drivers and layers go with the last instance. Another reference to each keeps it.
void pin_libraries() {
    std::vector<std::string> names;
    ::dl_iterate_phdr(collect_library, &names);
    for (const std::string& name : names) {
        ::dlopen(name.c_str(), RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE);
    }
}

}  // namespace

void warm_driver(const GpuIdentity& gpu) {
    if (!gpu.driver_manifest.empty()) use_driver_alone(gpu.driver_manifest);
    const Instance instance = make_instance();
    const VkPhysicalDevice device =
        instance ? find_gpu(instance.get(), gpu) : VkPhysicalDevice(VK_NULL_HANDLE);
    if (device == VK_NULL_HANDLE) {
        throw SetupError("The GPU \"" + gpu.name + "\" that was found at start is gone.",
                         "Restart gvm-gpud.");
    }
    make_and_destroy_device(device);
    pin_libraries();
    // What instance and device took on this thread, no other thread's allocations would use.
    HeapKeeper::give_back_holes();
}

}  // namespace vgpu::worker
