// Semaphores: what the host must know is posted, counters are read from status slots.
#include "icd/semaphore.h"

#include <new>

#include "entries.h"
#include "icd/device.h"
#include "icd/external.h"
#include "icd/forward.h"
#include "icd/wait.h"
#include "wire/chain.h"
#include "wsi/guarded.h"

namespace vgpu::icd {

namespace {

// Gives the semaphore a slot that holds its initial value. False when none is left.
bool take_counter(Device& device, Semaphore& semaphore, std::uint64_t initial) {
    Context& context = *device.context;
    std::optional<std::uint32_t> slot = context.take_status_slot();
    if (!slot) {
        device.retired_slots.sweep();
        slot = context.take_status_slot();
    }
    if (!slot) return false;
    semaphore.timeline = true;
    semaphore.slot = *slot;
    context.status(*slot).store(initial, std::memory_order_release);
    return true;
}

void raise(std::atomic<std::uint64_t>& counter, std::uint64_t value) {
    std::uint64_t seen = counter.load(std::memory_order_relaxed);
    while (seen < value && !counter.compare_exchange_weak(seen, value, std::memory_order_seq_cst)) {
    }
}

// Counts this thread as a waiter of the semaphores for as long as it lives.
class Waiting {
  public:
    explicit Waiting(const VkSemaphoreWaitInfo& info) : info_(info) {
        for (std::uint32_t i = 0; i < info_.semaphoreCount; ++i)
            object_of<Semaphore>(info_.pSemaphores[i]).waiters.fetch_add(1);
    }
    ~Waiting() {
        for (std::uint32_t i = 0; i < info_.semaphoreCount; ++i)
            object_of<Semaphore>(info_.pSemaphores[i]).waiters.fetch_sub(1);
    }
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;

  private:
    const VkSemaphoreWaitInfo& info_;
};

// One that may be exported begins with what it may share, and has no other half on the host.
VkResult create_shared(Device& device, Semaphore& semaphore, bool timeline, std::uint64_t initial) {
    if (!device.relay.start()) return VK_ERROR_OUT_OF_HOST_MEMORY;
    semaphore.timeline = timeline;
    semaphore.permanent = SharedSemaphore::make(
        device,
        SharedPayload::make(timeline ? PayloadKind::Timeline : PayloadKind::Binary, initial));
    return semaphore.permanent ? VK_SUCCESS : VK_ERROR_OUT_OF_HOST_MEMORY;
}

// Also knows one that the host does not: then there is nothing to be destroyed there.
VkResult create_on_host(VkDevice device, Semaphore& semaphore, const VkSemaphoreCreateInfo& info) {
    Context& context = context_of(device);
    semaphore.id = context.new_id();
    if (semaphore.id == 0) return VK_ERROR_OUT_OF_HOST_MEMORY;
    post(context, wire::Args_vkCreateSemaphore{
                      .device = device, .pCreateInfo = &info, .pSemaphore = semaphore.id});
    return VK_SUCCESS;
}

VkResult create(Device& device, Semaphore& semaphore, const VkSemaphoreCreateInfo& info) {
    const auto* type = find_in_chain<VkSemaphoreTypeCreateInfo>(
        info.pNext, VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO);
    const bool timeline = type && type->semaphoreType == VK_SEMAPHORE_TYPE_TIMELINE;
    const auto* exported = find_in_chain<VkExportSemaphoreCreateInfo>(
        info.pNext, VK_STRUCTURE_TYPE_EXPORT_SEMAPHORE_CREATE_INFO);
    if (exported && exported->handleTypes != 0 && can_share_semaphores(device.physical_device))
        return create_shared(device, semaphore, timeline, timeline ? type->initialValue : 0);
    if (timeline && !take_counter(device, semaphore, type->initialValue))
        return VK_ERROR_OUT_OF_DEVICE_MEMORY;
    const VkResult result = create_on_host(handle_of_object<VkDevice>(device), semaphore, info);
    if (result != VK_SUCCESS && timeline) device.context->give_status_slot(semaphore.slot);
    return result;
}

// Signals from the guest's processor.
VkResult signal_shared(Device& device, Semaphore& semaphore, std::uint64_t value) {
    device.relay.step();
    semaphore.permanent->payload->signal(value);
    device.relay.step();
    device.context->wake_waiting();
    return posted(*device.context);
}

}  // namespace

void signal_from_guest(VkSemaphore semaphore) {
    if (semaphore == VK_NULL_HANDLE) return;
    Semaphore& object = object_of<Semaphore>(semaphore);
    if (const auto& shared = object.shared()) return shared->payload->signal();
    object.signalled_by_guest.store(true, std::memory_order_release);
}

VKAPI_ATTR VkResult VKAPI_CALL entry_vkCreateSemaphore(VkDevice device,
                                                       const VkSemaphoreCreateInfo* pCreateInfo,
                                                       const VkAllocationCallbacks* pAllocator,
                                                       VkSemaphore* pSemaphore) {
    (void)pAllocator;
    *pSemaphore = VK_NULL_HANDLE;
    Context& context = context_of(device);
    if (context.lost()) return VK_ERROR_DEVICE_LOST;
    std::unique_ptr<Semaphore> semaphore(new (std::nothrow) Semaphore);
    if (!semaphore) return VK_ERROR_OUT_OF_HOST_MEMORY;
    const VkResult result = create(object_of<Device>(device), *semaphore, *pCreateInfo);
    if (result != VK_SUCCESS) return result;
    *pSemaphore = handle_of_object<VkSemaphore>(*semaphore.release());
    return VK_SUCCESS;
}

VKAPI_ATTR void VKAPI_CALL entry_vkDestroySemaphore(VkDevice device, VkSemaphore semaphore,
                                                    const VkAllocationCallbacks* pAllocator) {
    (void)pAllocator;
    if (semaphore == VK_NULL_HANDLE) return;
    Context& context = context_of(device);
    Device& owner = object_of<Device>(device);
    std::unique_ptr<Semaphore> object(&object_of<Semaphore>(semaphore));
    // Created to be shared: the host never had it.
    if (object->id == 0) return;
    // Only ordered records name semaphores: this one comes after them, whatever their channel.
    post(context, wire::Args_vkDestroySemaphore{.device = device, .semaphore = semaphore});
    context.recycle_id(object->id);
    if (!object->timeline) return;
    owner.retired_slots.sweep();
    owner.retired_slots.retire(object->slot, owner.queues);
}

VKAPI_ATTR VkResult VKAPI_CALL entry_vkGetSemaphoreCounterValue(VkDevice device,
                                                                VkSemaphore semaphore,
                                                                uint64_t* pValue) {
    Context& context = context_of(device);
    object_of<Device>(device).relay.step();
    *pValue = object_of<Semaphore>(semaphore).counter(context);
    return context.lost_now() ? VK_ERROR_DEVICE_LOST : VK_SUCCESS;
}

VKAPI_ATTR VkResult VKAPI_CALL entry_vkWaitSemaphores(VkDevice device,
                                                      const VkSemaphoreWaitInfo* pWaitInfo,
                                                      uint64_t timeout) {
    Context& context = context_of(device);
    const VkSemaphoreWaitInfo& info = *pWaitInfo;
    Relay& relay = object_of<Device>(device).relay;
    Relay::Watch shared(relay);
    const auto reached = [&](std::uint32_t i) {
        return object_of<Semaphore>(info.pSemaphores[i]).counter(context) >= info.pValues[i];
    };
    const auto done = [&] {
        relay.step();
        const bool any = (info.flags & VK_SEMAPHORE_WAIT_ANY_BIT) != 0;
        for (std::uint32_t i = 0; i < info.semaphoreCount; ++i)
            if (reached(i) == any) return any;
        return !any;
    };
    if (timeout == 0 || done()) return wait_for(context, done, 0);
    const Waiting waiting(info);
    return wsi::guarded([&] {
        for (std::uint32_t i = 0; i < info.semaphoreCount; ++i)
            if (const auto& one = object_of<Semaphore>(info.pSemaphores[i]).permanent)
                shared.add(one->payload);
        return wait_for(context, done, timeout);
    });
}

VKAPI_ATTR VkResult VKAPI_CALL entry_vkSignalSemaphore(VkDevice device,
                                                       const VkSemaphoreSignalInfo* pSignalInfo) {
    Context& context = context_of(device);
    if (context.lost()) return VK_ERROR_DEVICE_LOST;
    Semaphore& semaphore = object_of<Semaphore>(pSignalInfo->semaphore);
    if (semaphore.permanent)
        return signal_shared(object_of<Device>(device), semaphore, pSignalInfo->value);
    post(context, wire::Args_vkSignalSemaphore{.device = device, .pSignalInfo = pSignalInfo});
    context.publish_all();
    // A thread that begins to wait either sees the value or is seen here.
    raise(semaphore.signalled_value, pSignalInfo->value);
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (semaphore.waiters.load(std::memory_order_seq_cst) != 0) context.wake_waiting();
    return posted(context);
}

}  // namespace vgpu::icd
