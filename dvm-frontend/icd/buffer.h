// A buffer as the guest knows it.
#pragma once

#include "icd/memory_requirements.h"
#include "icd/object.h"

namespace vgpu::icd {

// Owned by the application, from vkCreateBuffer to vkDestroyBuffer. Any thread may ask for its
// requirements.
struct Buffer : wire::GuestObject {
    ObjectRequirements requirements;
    bool external = false;  // its memory may be shared with other processes
};

}  // namespace vgpu::icd
