// What is told of a lost device: that the way to it has ended.
#include <cstdio>

#include "entries.h"
#include "icd/forward.h"

namespace vgpu::icd {

// The worker that could ask the driver ends with the device, so there are neither addresses nor a
// vendor's words. The service's log, in the GVM, has the reason.
VKAPI_ATTR VkResult VKAPI_CALL entry_vkGetDeviceFaultInfoEXT(VkDevice device,
                                                             VkDeviceFaultCountsEXT* pFaultCounts,
                                                             VkDeviceFaultInfoEXT* pFaultInfo) {
    pFaultCounts->addressInfoCount = 0;
    pFaultCounts->vendorInfoCount = 0;
    pFaultCounts->vendorBinarySize = 0;
    if (!pFaultInfo) return VK_SUCCESS;
    std::snprintf(pFaultInfo->description, sizeof(pFaultInfo->description), "%s",
                  context_of(device).lost()
                      ? "xen-vgpu: the host's device, or the worker that served this process, is "
                        "lost; the service's log in the GPU's domain says why."
                      : "xen-vgpu: nothing is lost.");
    return VK_SUCCESS;
}

}  // namespace vgpu::icd
