// Deferred operations: nothing is deferred, so each is complete when it begins.
#include <new>

#include "entries.h"
#include "icd/forward.h"
#include "icd/local_id.h"

namespace vgpu::icd {

namespace {

// Owned by the application; immutable. A command that is given one runs at once and says
// VK_OPERATION_NOT_DEFERRED_KHR.
struct DeferredOperation : wire::GuestObject {
    DeferredOperation() { id = new_local_id(); }
};

}  // namespace

VKAPI_ATTR VkResult VKAPI_CALL
entry_vkCreateDeferredOperationKHR(VkDevice device, const VkAllocationCallbacks* pAllocator,
                                   VkDeferredOperationKHR* pDeferredOperation) {
    (void)device;
    (void)pAllocator;
    *pDeferredOperation = VK_NULL_HANDLE;
    auto* made = new (std::nothrow) DeferredOperation;
    if (!made) return VK_ERROR_OUT_OF_HOST_MEMORY;
    *pDeferredOperation = handle_of_object<VkDeferredOperationKHR>(*made);
    return VK_SUCCESS;
}

VKAPI_ATTR void VKAPI_CALL entry_vkDestroyDeferredOperationKHR(
    VkDevice device, VkDeferredOperationKHR operation, const VkAllocationCallbacks* pAllocator) {
    (void)device;
    (void)pAllocator;
    if (operation != VK_NULL_HANDLE) delete &object_of<DeferredOperation>(operation);
}

// A program that starts as many threads as this to join finds nothing to do in the one.
VKAPI_ATTR uint32_t VKAPI_CALL
entry_vkGetDeferredOperationMaxConcurrencyKHR(VkDevice, VkDeferredOperationKHR) {
    return 1;
}

VKAPI_ATTR VkResult VKAPI_CALL entry_vkGetDeferredOperationResultKHR(VkDevice,
                                                                     VkDeferredOperationKHR) {
    return VK_SUCCESS;
}

VKAPI_ATTR VkResult VKAPI_CALL entry_vkDeferredOperationJoinKHR(VkDevice, VkDeferredOperationKHR) {
    return VK_SUCCESS;
}

}  // namespace vgpu::icd
