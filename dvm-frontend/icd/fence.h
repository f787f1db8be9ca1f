// A fence, which lives in the guest alone: a state, or a point of a queue's work, or what it shares
// with other processes of this guest.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "icd/object.h"
#include "icd/point.h"
#include "icd/shared_payload.h"

namespace vgpu::icd {

// Owned by the application. Any thread may look; who changes the state is the application's to
// synchronise.
struct Fence : wire::GuestObject {
    explicit Fence(bool signalled_at_first) {
        if (signalled_at_first) set(kSignalled);
    }

    // No queue comes to this point.
    static constexpr Point kSignalled{0xffff, Point::kSerialMask};

    bool signalled(Context& context) const {
        if (const auto& payload = shared()) return payload->signalled();
        const Point point(state.load(std::memory_order_acquire));
        if (point == Point()) return false;
        return point == kSignalled || point.reached(context);
    }
    void set(Point point) { state.store(point.bits, std::memory_order_release); }
    // A temporary payload goes (Vulkan specification, vkResetFences).
    void reset() {
        temporary.reset();
        if (permanent) permanent->reset();
        set(Point());
    }
    // Empty for one that only this process knows.
    const std::shared_ptr<SharedPayload>& shared() const {
        return temporary ? temporary : permanent;
    }

    // Made with the fence, for export, or imported; looked at after Relay::step().
    std::shared_ptr<SharedPayload> permanent;
    std::shared_ptr<SharedPayload> temporary;
    // A Point: none while unsignalled, a queue's when submitted, or kSignalled.
    std::atomic<std::uint64_t> state{0};
};

// As if a submit had signalled the fence and completed: for vkAcquireNextImageKHR. Does nothing
// with VK_NULL_HANDLE.
void signal_from_guest(VkFence fence);

}  // namespace vgpu::icd
