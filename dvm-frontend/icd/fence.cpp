// Fences cross nothing: a submit leaves its point in them, and looking is a load.
#include "icd/fence.h"

#include <new>

#include "entries.h"
#include "icd/device.h"
#include "icd/local_id.h"
#include "icd/wait.h"
#include "wire/chain.h"
#include "wsi/guarded.h"

namespace vgpu::icd {

namespace {

// One that may be exported begins with what it may share.
bool share(Device& device, Fence& fence, const VkFenceCreateInfo& info) {
    const auto* exported = find_in_chain<VkExportFenceCreateInfo>(
        info.pNext, VK_STRUCTURE_TYPE_EXPORT_FENCE_CREATE_INFO);
    if (!exported || exported->handleTypes == 0) return true;
    const bool signalled = (info.flags & VK_FENCE_CREATE_SIGNALED_BIT) != 0;
    if (device.relay.start()) fence.permanent = SharedPayload::make(PayloadKind::Fence, signalled);
    return fence.permanent != nullptr;
}

}  // namespace

void signal_from_guest(VkFence fence) {
    if (fence == VK_NULL_HANDLE) return;
    Fence& object = object_of<Fence>(fence);
    if (const auto& payload = object.shared()) return payload->signal();
    object.set(Fence::kSignalled);
}

VKAPI_ATTR VkResult VKAPI_CALL entry_vkCreateFence(VkDevice device,
                                                   const VkFenceCreateInfo* pCreateInfo,
                                                   const VkAllocationCallbacks* pAllocator,
                                                   VkFence* pFence) {
    (void)pAllocator;
    *pFence = VK_NULL_HANDLE;
    if (context_of(device).lost()) return VK_ERROR_DEVICE_LOST;
    std::unique_ptr<Fence> fence(
        new (std::nothrow) Fence((pCreateInfo->flags & VK_FENCE_CREATE_SIGNALED_BIT) != 0));
    if (!fence || !share(object_of<Device>(device), *fence, *pCreateInfo))
        return VK_ERROR_OUT_OF_HOST_MEMORY;
    fence->id = new_local_id();
    *pFence = handle_of_object<VkFence>(*fence.release());
    return VK_SUCCESS;
}

VKAPI_ATTR void VKAPI_CALL entry_vkDestroyFence(VkDevice device, VkFence fence,
                                                const VkAllocationCallbacks* pAllocator) {
    (void)device;
    (void)pAllocator;
    if (fence != VK_NULL_HANDLE) delete &object_of<Fence>(fence);
}

VKAPI_ATTR VkResult VKAPI_CALL entry_vkResetFences(VkDevice device, uint32_t fenceCount,
                                                   const VkFence* pFences) {
    for (std::uint32_t i = 0; i < fenceCount; ++i) object_of<Fence>(pFences[i]).reset();
    return posted(context_of(device));
}

VKAPI_ATTR VkResult VKAPI_CALL entry_vkGetFenceStatus(VkDevice device, VkFence fence) {
    Context& context = context_of(device);
    if (context.lost()) return VK_ERROR_DEVICE_LOST;
    object_of<Device>(device).relay.step();
    if (object_of<Fence>(fence).signalled(context)) return VK_SUCCESS;
    return context.lost_now() ? VK_ERROR_DEVICE_LOST : VK_NOT_READY;
}

VKAPI_ATTR VkResult VKAPI_CALL entry_vkWaitForFences(VkDevice device, uint32_t fenceCount,
                                                     const VkFence* pFences, VkBool32 waitAll,
                                                     uint64_t timeout) {
    Context& context = context_of(device);
    Relay& relay = object_of<Device>(device).relay;
    Relay::Watch shared(relay);
    const auto signalled = [&](std::uint32_t i) {
        return object_of<Fence>(pFences[i]).signalled(context);
    };
    // The fences before it have been seen signalled.
    std::uint32_t next = 0;
    const auto all = [&] {
        relay.step();
        while (next < fenceCount && signalled(next)) ++next;
        return next == fenceCount;
    };
    const auto any = [&] {
        relay.step();
        for (std::uint32_t i = 0; i < fenceCount; ++i)
            if (signalled(i)) return true;
        return false;
    };
    if (timeout == 0 || (waitAll ? all() : any()))
        return waitAll ? wait_for(context, all, 0) : wait_for(context, any, 0);
    return wsi::guarded([&] {
        for (std::uint32_t i = 0; i < fenceCount; ++i)
            if (const auto& payload = object_of<Fence>(pFences[i]).shared()) shared.add(payload);
        return waitAll ? wait_for(context, all, timeout) : wait_for(context, any, timeout);
    });
}

}  // namespace vgpu::icd
