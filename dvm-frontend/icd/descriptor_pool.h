// A descriptor pool as the guest knows it: the ids of its sets.
#pragma once

#include <unordered_set>

#include "icd/object.h"

namespace vgpu::icd {

// Owned by the application, which synchronises its use.
struct DescriptorPool : wire::GuestObject {
    // All sets end: their ids may be used again.
    void recycle_sets(Context& context);

    std::unordered_set<wire::ObjectId> sets;
};

}  // namespace vgpu::icd
