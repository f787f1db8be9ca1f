// Structures of service.xml.
#pragma once

#include <vulkan/vulkan.h>

#include <cstdint>

// When the submitted batch `batch` has completed, `value` is written to status slot `slot`
// (ring/layout.h), unless the slot holds more already. With a timeline semaphore the driver's own
// counter has reached the value by then: a driver may signal a batch's fence before it.
struct VgpuStatusWrite {
    std::uint32_t batch;
    std::uint32_t slot;
    std::uint64_t value;
    VkSemaphore semaphore;
};
static_assert(sizeof(VgpuStatusWrite) == 24);
