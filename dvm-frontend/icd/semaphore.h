// A semaphore as the guest knows it: a timeline's counter, or what the guest itself signalled, or
// what it shares with other processes of this guest.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "icd/object.h"
#include "icd/relay.h"

namespace vgpu::icd {

// Owned by the application. Any thread may look at a timeline's counter and signal it; a binary
// semaphore's signals and waits are the application's to synchronise.
struct Semaphore : wire::GuestObject {
    bool timeline = false;
    // Binary: signalled by the guest (vkAcquireNextImageKHR), which the host knows nothing of. The
    // next wait takes it and is not sent.
    std::atomic<bool> signalled_by_guest{false};

    // Timeline: the counter as the host's submits leave it, and what the guest signalled.
    std::uint32_t slot = 0;
    std::atomic<std::uint64_t> signalled_value{0};
    // Threads in vkWaitSemaphores: who signals from the guest wakes them.
    std::atomic<std::uint32_t> waiters{0};

    // Made with the semaphore, for export, or imported. The host then knows nothing of this one but
    // by its shared one.
    std::shared_ptr<SharedSemaphore> permanent;
    std::shared_ptr<SharedSemaphore> temporary;

    // Empty for one that only this process knows.
    const std::shared_ptr<SharedSemaphore>& shared() const {
        return temporary ? temporary : permanent;
    }
    // A timeline whose counter is a status slot of this context.
    bool has_slot() const { return timeline && !permanent; }

    // Of a shared one to be looked at after Relay::step().
    std::uint64_t counter(Context& context) const {
        if (permanent) return permanent->payload->reached();
        const std::uint64_t host = context.status(slot).load(std::memory_order_acquire);
        const std::uint64_t guest = signalled_value.load(std::memory_order_acquire);
        return host > guest ? host : guest;
    }
    // Takes a binary semaphore's signal by the guest: true when there was one.
    bool take_guest_signal() {
        return !timeline && !shared() && signalled_by_guest.load(std::memory_order_acquire) &&
               signalled_by_guest.exchange(false, std::memory_order_acq_rel);
    }
};

// Signals a binary semaphore in the guest: the next submit that waits for it does not wait. Does
// nothing with VK_NULL_HANDLE.
void signal_from_guest(VkSemaphore semaphore);

}  // namespace vgpu::icd
