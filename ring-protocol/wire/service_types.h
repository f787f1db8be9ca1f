// Structures of service.xml.
#pragma once

#include <cstdint>

// When the submitted batch `batch` has completed, `value` is written to status slot `slot`
// (ring/layout.h), unless the slot holds more already.
struct VgpuStatusWrite {
    std::uint32_t batch;
    std::uint32_t slot;
    std::uint64_t value;
};
static_assert(sizeof(VgpuStatusWrite) == 16);
