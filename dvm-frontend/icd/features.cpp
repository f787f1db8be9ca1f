// What a device can do, but for what only works in one address space, and what windows can do.
#include "entries.h"
#include "icd/forward.h"
#include "wire/hidden.h"
#include "wsi/swapchain_entry.h"

namespace vgpu::icd {

VKAPI_ATTR void VKAPI_CALL entry_vkGetPhysicalDeviceFeatures2(
    VkPhysicalDevice physicalDevice, VkPhysicalDeviceFeatures2* pFeatures) {
    const wire::Args_vkGetPhysicalDeviceFeatures2 args{.physicalDevice = physicalDevice,
                                                       .pFeatures = pFeatures};
    wire::Reply_vkGetPhysicalDeviceFeatures2 reply{.pFeatures = pFeatures};
    if (!call(context_of(physicalDevice), args, reply)) return clear_answer(*pFeatures);
    wire::hide(pFeatures->pNext);
    wsi::set_window_features(pFeatures->pNext);
}

}  // namespace vgpu::icd
