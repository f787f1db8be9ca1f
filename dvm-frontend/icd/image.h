// An image as the guest knows it.
#pragma once

#include "icd/memory_requirements.h"
#include "icd/object.h"

namespace vgpu::icd {

// Owned by the application, from vkCreateImage to vkDestroyImage. Any thread may ask for its
// requirements.
struct Image : wire::GuestObject {
    ObjectRequirements requirements;
};

}  // namespace vgpu::icd
