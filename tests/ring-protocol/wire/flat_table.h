// The straight code of each flat command by number; flat_table.cpp is generated.
#pragma once

#include <cstdint>
#include <span>

#include "wire/reader.h"
#include "wire/writer.h"

namespace vgpu::wire {

struct FlatCode {
    std::uint16_t number;
    void (*encode)(Writer&, const void* args);
    bool (*decode)(Reader&, void* args);
};
extern const std::span<const FlatCode> kFlatCodes;

}  // namespace vgpu::wire
