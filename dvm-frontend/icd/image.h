// An image as the guest knows it.
#pragma once

#include "icd/memory_requirements.h"
#include "icd/object.h"

namespace vgpu::icd {

// Owned by the application, from vkCreateImage to vkDestroyImage. Any thread may ask for its
// requirements.
struct Image : wire::GuestObject {
    ObjectRequirements requirements;
    bool external = false;  // its memory may be shared with other processes
};

}  // namespace vgpu::icd
