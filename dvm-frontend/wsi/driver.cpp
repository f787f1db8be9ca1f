// Looks up the Vulkan functions that the window system code is written on.
#include "wsi/driver.h"

#include <vector>

namespace vgpu::wsi {

bool can_copy(const PhysicalDriver& driver, std::uint32_t queue_family) {
    std::uint32_t count = 0;
    driver.GetPhysicalDeviceQueueFamilyProperties(driver.physical_device, &count, nullptr);
    std::vector<VkQueueFamilyProperties> families(count);
    driver.GetPhysicalDeviceQueueFamilyProperties(driver.physical_device, &count, families.data());
    // Graphics and compute queues can transfer without saying so.
    constexpr VkQueueFlags kCopies =
        VK_QUEUE_GRAPHICS_BIT | VK_QUEUE_COMPUTE_BIT | VK_QUEUE_TRANSFER_BIT;
    return queue_family < count && (families[queue_family].queueFlags & kCopies) != 0;
}

bool load_physical_functions(PhysicalDriver& driver, VkInstance instance,
                             PFN_vkGetInstanceProcAddr get_instance_proc_addr) {
    bool complete = true;
#define VGPU_WSI_LOAD(name)                                                                     \
    driver.name = reinterpret_cast<PFN_vk##name>(get_instance_proc_addr(instance, "vk" #name)); \
    complete = complete && driver.name != nullptr;
    VGPU_WSI_PHYSICAL_FUNCTIONS(VGPU_WSI_LOAD)
#undef VGPU_WSI_LOAD
    return complete;
}

bool load_device_functions(Driver& driver, PFN_vkGetDeviceProcAddr get_device_proc_addr) {
    bool complete = true;
#define VGPU_WSI_LOAD(name)                                                                        \
    driver.name = reinterpret_cast<PFN_vk##name>(get_device_proc_addr(driver.device, "vk" #name)); \
    complete = complete && driver.name != nullptr;
    VGPU_WSI_DEVICE_FUNCTIONS(VGPU_WSI_LOAD)
#undef VGPU_WSI_LOAD
    return complete;
}

}  // namespace vgpu::wsi
