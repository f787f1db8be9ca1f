// Private data slots live in the guest alone.
#include "icd/private_data.h"

#include <memory>
#include <new>

#include "entries.h"
#include "icd/local_id.h"
#include "icd/wait.h"

namespace vgpu::icd {

namespace {

// Whether handles of the type point at an object in the guest: [guest_objects] of policy.toml.
bool points_into_guest(VkObjectType type) {
    switch (type) {
        case VK_OBJECT_TYPE_INSTANCE:
        case VK_OBJECT_TYPE_PHYSICAL_DEVICE:
        case VK_OBJECT_TYPE_DEVICE:
        case VK_OBJECT_TYPE_QUEUE:
        case VK_OBJECT_TYPE_COMMAND_BUFFER:
        case VK_OBJECT_TYPE_COMMAND_POOL:
        case VK_OBJECT_TYPE_DESCRIPTOR_POOL:
        case VK_OBJECT_TYPE_DESCRIPTOR_UPDATE_TEMPLATE:
        case VK_OBJECT_TYPE_PRIVATE_DATA_SLOT:
        case VK_OBJECT_TYPE_FENCE:
        case VK_OBJECT_TYPE_SEMAPHORE:
        case VK_OBJECT_TYPE_EVENT:
        case VK_OBJECT_TYPE_QUERY_POOL:
        case VK_OBJECT_TYPE_DEVICE_MEMORY:
        case VK_OBJECT_TYPE_BUFFER:
        case VK_OBJECT_TYPE_IMAGE:
        case VK_OBJECT_TYPE_RENDER_PASS:
        case VK_OBJECT_TYPE_SURFACE_KHR:
        case VK_OBJECT_TYPE_SWAPCHAIN_KHR:
        case VK_OBJECT_TYPE_DEFERRED_OPERATION_KHR:
            return true;
        default:
            return false;
    }
}

}  // namespace

PrivateDataSlot::PrivateDataSlot() {
    id = new_local_id();
}

PrivateDataSlot::Key PrivateDataSlot::key_of(VkObjectType type, std::uint64_t object) {
    if (object != 0 && points_into_guest(type)) {
        const auto* in_guest = reinterpret_cast<const wire::GuestObject*>(object);
        if (in_guest->id != 0) return {type, in_guest->id};
    }
    return {type, object};
}

void PrivateDataSlot::set(VkObjectType type, std::uint64_t object, std::uint64_t data) {
    const Key key = key_of(type, object);
    std::lock_guard lock(mutex_);
    if (data == 0)
        data_.erase(key);
    else
        data_[key] = data;
}

std::uint64_t PrivateDataSlot::get(VkObjectType type, std::uint64_t object) {
    const Key key = key_of(type, object);
    std::lock_guard lock(mutex_);
    const auto at = data_.find(key);
    return at == data_.end() ? 0 : at->second;
}

VKAPI_ATTR VkResult VKAPI_CALL entry_vkCreatePrivateDataSlot(
    VkDevice device, const VkPrivateDataSlotCreateInfo* pCreateInfo,
    const VkAllocationCallbacks* pAllocator, VkPrivateDataSlot* pPrivateDataSlot) {
    (void)device;
    (void)pCreateInfo;
    (void)pAllocator;
    *pPrivateDataSlot = VK_NULL_HANDLE;
    auto* slot = new (std::nothrow) PrivateDataSlot;
    if (!slot) return VK_ERROR_OUT_OF_HOST_MEMORY;
    *pPrivateDataSlot = handle_of_object<VkPrivateDataSlot>(*slot);
    return VK_SUCCESS;
}

VKAPI_ATTR void VKAPI_CALL entry_vkDestroyPrivateDataSlot(VkDevice device,
                                                          VkPrivateDataSlot privateDataSlot,
                                                          const VkAllocationCallbacks* pAllocator) {
    (void)device;
    (void)pAllocator;
    if (privateDataSlot != VK_NULL_HANDLE) delete &object_of<PrivateDataSlot>(privateDataSlot);
}

VKAPI_ATTR VkResult VKAPI_CALL entry_vkSetPrivateData(VkDevice device, VkObjectType objectType,
                                                      uint64_t objectHandle,
                                                      VkPrivateDataSlot privateDataSlot,
                                                      uint64_t data) {
    (void)device;
    try {
        object_of<PrivateDataSlot>(privateDataSlot).set(objectType, objectHandle, data);
    } catch (const std::bad_alloc&) {
        return VK_ERROR_OUT_OF_HOST_MEMORY;
    }
    return VK_SUCCESS;
}

VKAPI_ATTR void VKAPI_CALL entry_vkGetPrivateData(VkDevice device, VkObjectType objectType,
                                                  uint64_t objectHandle,
                                                  VkPrivateDataSlot privateDataSlot,
                                                  uint64_t* pData) {
    (void)device;
    *pData = object_of<PrivateDataSlot>(privateDataSlot).get(objectType, objectHandle);
}

}  // namespace vgpu::icd
