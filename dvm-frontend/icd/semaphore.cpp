// Semaphores: what the host must know is posted, counters are read from status slots.
#include "icd/semaphore.h"

#include <new>

#include "entries.h"
#include "icd/chain.h"
#include "icd/device.h"
#include "icd/forward.h"
#include "icd/wait.h"

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

}  // namespace

void signal_from_guest(VkSemaphore semaphore) {
    if (semaphore != VK_NULL_HANDLE)
        object_of<Semaphore>(semaphore).signalled_by_guest.store(true, std::memory_order_release);
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
    const auto* type = find_in_chain<VkSemaphoreTypeCreateInfo>(
        pCreateInfo->pNext, VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO);
    if (type && type->semaphoreType == VK_SEMAPHORE_TYPE_TIMELINE &&
        !take_counter(object_of<Device>(device), *semaphore, type->initialValue))
        return VK_ERROR_OUT_OF_DEVICE_MEMORY;
    semaphore->id = context.new_id();
    if (semaphore->id == 0) {
        if (semaphore->timeline) context.give_status_slot(semaphore->slot);
        return VK_ERROR_OUT_OF_HOST_MEMORY;
    }
    post(context, wire::Args_vkCreateSemaphore{
                      .device = device, .pCreateInfo = pCreateInfo, .pSemaphore = semaphore->id});
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
    *pValue = object_of<Semaphore>(semaphore).counter(context);
    return context.lost_now() ? VK_ERROR_DEVICE_LOST : VK_SUCCESS;
}

VKAPI_ATTR VkResult VKAPI_CALL entry_vkWaitSemaphores(VkDevice device,
                                                      const VkSemaphoreWaitInfo* pWaitInfo,
                                                      uint64_t timeout) {
    Context& context = context_of(device);
    const VkSemaphoreWaitInfo& info = *pWaitInfo;
    const auto reached = [&](std::uint32_t i) {
        return object_of<Semaphore>(info.pSemaphores[i]).counter(context) >= info.pValues[i];
    };
    const auto done = [&] {
        const bool any = (info.flags & VK_SEMAPHORE_WAIT_ANY_BIT) != 0;
        for (std::uint32_t i = 0; i < info.semaphoreCount; ++i)
            if (reached(i) == any) return any;
        return !any;
    };
    if (timeout == 0 || done()) return wait_for(context, done, 0);
    const Waiting waiting(info);
    return wait_for(context, done, timeout);
}

VKAPI_ATTR VkResult VKAPI_CALL entry_vkSignalSemaphore(VkDevice device,
                                                       const VkSemaphoreSignalInfo* pSignalInfo) {
    Context& context = context_of(device);
    if (context.lost()) return VK_ERROR_DEVICE_LOST;
    Semaphore& semaphore = object_of<Semaphore>(pSignalInfo->semaphore);
    post(context, wire::Args_vkSignalSemaphore{.device = device, .pSignalInfo = pSignalInfo});
    context.publish_all();
    // A thread that begins to wait either sees the value or is seen here.
    raise(semaphore.signalled_value, pSignalInfo->value);
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (semaphore.waiters.load(std::memory_order_seq_cst) != 0) context.wake_waiting();
    return posted(context);
}

}  // namespace vgpu::icd
