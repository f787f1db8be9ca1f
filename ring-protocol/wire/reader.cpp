// The rule that a record speaks of one device.
#include "wire/reader.h"

#include "wire/handle_table.h"

namespace vgpu::wire {

bool Reader::in_scope(const Slot& slot, bool device_level) {
    if (!device_level) return true;
    if (!scope_known_) {
        scope_ = slot.scope;
        scope_known_ = true;
    }
    return slot.scope == scope_;
}

}  // namespace vgpu::wire
