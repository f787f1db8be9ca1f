// A fence, which lives in the guest alone: a state, or a point of a queue's work.
#pragma once

#include <atomic>
#include <cstdint>

#include "icd/object.h"
#include "icd/point.h"

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
        const Point point(state.load(std::memory_order_acquire));
        if (point == Point()) return false;
        return point == kSignalled || point.reached(context);
    }
    void set(Point point) { state.store(point.bits, std::memory_order_release); }
    void reset() { set(Point()); }

    // A Point: none while unsignalled, a queue's when submitted, or kSignalled.
    std::atomic<std::uint64_t> state{0};
};

// As if a submit had signalled the fence and completed: for vkAcquireNextImageKHR. Does nothing
// with VK_NULL_HANDLE.
void signal_from_guest(VkFence fence);

}  // namespace vgpu::icd
