// What a stage has in common with the rest of its pipeline: descriptors, constants, locations.
#pragma once

#include <map>
#include <set>

#include "gate/sizes.h"
#include "gate/stage.h"

namespace vgpu::gate {

// One stage while it is checked. Lives on the caller's stack, and so does what it refers to.
struct Stage {
    const Shader& shader;
    const EntryPoint& entry;
    const StageUse& use;
    const Sizes& sizes;
    const DeviceLimits& limits;
    // Global variables that the entry point's functions name, and which members (kNone: all).
    std::map<std::uint32_t, std::set<std::uint32_t>> uses;
};

Verdict check_descriptors(const Stage& stage);
Verdict check_push_constants(const Stage& stage);
Verdict check_locations(const Stage& stage);

}  // namespace vgpu::gate
