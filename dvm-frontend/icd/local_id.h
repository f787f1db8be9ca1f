// Numbers the objects that live in the guest alone, so that private data knows them apart even
// when one takes the memory of another.
#pragma once

#include <atomic>

#include "wire/ids.h"

namespace vgpu::icd {

// Never 0, and never used twice in this process. No id of a context's: these never cross.
inline wire::ObjectId new_local_id() {
    constinit static std::atomic<wire::ObjectId> last{0};
    return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

}  // namespace vgpu::icd
