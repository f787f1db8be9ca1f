// What a device can do, but for what only works in one address space, and what windows can do.
#include "entries.h"
#include "icd/chain.h"
#include "icd/forward.h"
#include "wsi/swapchain_entry.h"

namespace vgpu::icd {

namespace {

// Mapped memory is imported by the host, and imported memory has no address of the application's
// choice (Vulkan specification, VkMemoryOpaqueCaptureAddressAllocateInfo).
void hide_capture_replay(void* next) {
    if (auto* vulkan12 = find_in_chain<VkPhysicalDeviceVulkan12Features>(
            next, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES))
        vulkan12->bufferDeviceAddressCaptureReplay = VK_FALSE;
    if (auto* addresses = find_in_chain<VkPhysicalDeviceBufferDeviceAddressFeatures>(
            next, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_BUFFER_DEVICE_ADDRESS_FEATURES))
        addresses->bufferDeviceAddressCaptureReplay = VK_FALSE;
    if (auto* addresses = find_in_chain<VkPhysicalDeviceBufferDeviceAddressFeaturesEXT>(
            next, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_BUFFER_DEVICE_ADDRESS_FEATURES_EXT))
        addresses->bufferDeviceAddressCaptureReplay = VK_FALSE;
}

}  // namespace

VKAPI_ATTR void VKAPI_CALL entry_vkGetPhysicalDeviceFeatures2(
    VkPhysicalDevice physicalDevice, VkPhysicalDeviceFeatures2* pFeatures) {
    const wire::Args_vkGetPhysicalDeviceFeatures2 args{.physicalDevice = physicalDevice,
                                                       .pFeatures = pFeatures};
    wire::Reply_vkGetPhysicalDeviceFeatures2 reply{.pFeatures = pFeatures};
    if (!call(context_of(physicalDevice), args, reply)) return clear_answer(*pFeatures);
    hide_capture_replay(pFeatures->pNext);
    wsi::set_window_features(pFeatures->pNext);
}

}  // namespace vgpu::icd
