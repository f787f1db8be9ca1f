// An event as the guest knows it: its state, or the submit that may change it.
#pragma once

#include <atomic>
#include <cstdint>

#include "icd/object.h"
#include "icd/point.h"

namespace vgpu::icd {

// Owned by the application. Any thread may look, and submit command buffers that touch it; who sets
// and resets it from the host is the application's to synchronise.
struct Event : wire::GuestObject {
    // Points of no queue: serials begin with 1.
    static constexpr Point kReset{0, 0};
    static constexpr Point kSet{1, 0};

    // A submit that sets or resets the event is on its way to `point`.
    void submitted(Context& context, Point point);
    // vkSetEvent and vkResetEvent: known at once, unless a submit may still change it.
    void changed_by_guest(Context& context, Point to);
    VkResult status(VkDevice device);

    // kReset, kSet, or the point after which the host's answer is final.
    std::atomic<std::uint64_t> state{kReset.bits};
    // Submits to several queues touched it at once: the host is asked every time from then on.
    std::atomic<bool> always_ask{false};
};

}  // namespace vgpu::icd
