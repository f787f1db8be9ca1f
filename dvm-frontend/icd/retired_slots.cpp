// Gives a status slot back only when every submit that may write it is complete.
#include "icd/retired_slots.h"

#include <algorithm>
#include <new>

namespace vgpu::icd {

void RetiredSlots::retire(std::uint32_t slot, std::span<const std::unique_ptr<Queue>> queues) {
    const auto idle = [](const std::unique_ptr<Queue>& queue) { return queue->idle(); };
    if (std::all_of(queues.begin(), queues.end(), idle)) return context_.give_status_slot(slot);
    try {
        Retired retired{slot, {}};
        for (const auto& queue : queues)
            if (!queue->idle()) retired.after.push_back(queue->last_point());
        std::lock_guard lock(mutex_);
        retired_.push_back(std::move(retired));
    } catch (const std::bad_alloc&) {
        // The slot stays taken until the context ends.
    }
}

void RetiredSlots::sweep() {
    std::lock_guard lock(mutex_);
    std::erase_if(retired_, [this](const Retired& retired) {
        if (!done(retired)) return false;
        context_.give_status_slot(retired.slot);
        return true;
    });
}

bool RetiredSlots::done(const Retired& retired) const {
    return std::all_of(retired.after.begin(), retired.after.end(),
                       [this](Point point) { return point.reached(context_); });
}

}  // namespace vgpu::icd
