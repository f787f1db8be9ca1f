// The rule that a record speaks of one device.
#include "wire/reader.h"

#include "wire/handle_table.h"

namespace vgpu::wire {

bool Reader::in_scope(const Slot& slot, bool device_level) {
    if (!device_level) return true;
    const std::uint32_t scope = slot.scope.load(std::memory_order_relaxed);
    if (!scope_known_) {
        scope_ = scope;
        scope_known_ = true;
    }
    return scope == scope_;
}

}  // namespace vgpu::wire
