// The scenes that vgpu-render draws, each in a file of its own.
#pragma once

#include "common/program.h"

namespace vgpu::programs {

// Textured cubes with depth: indexed, instanced and indirect draws, dynamic uniform offsets.
void mesh(const Stage& stage);
// Many pipelines in one picture, recorded into secondary command buffers.
void states(const Stage& stage);
// Four samples a pixel, resolved at the end of the render pass.
void resolve(const Stage& stage);
// Two subpasses; the second reads the first by an input attachment.
void subpasses(const Stage& stage);
// The same kind of picture with no render pass at all (Vulkan 1.3).
void dynamic_rendering(const Stage& stage);
// A compute shader between two storage images, bound by a descriptor update template.
void post(const Stage& stage);
// Memory that stays mapped and is written after recording and between submits.
void mapped(const Stage& stage);
// Occlusion, pipeline statistics and timestamps.
void queries(const Stage& stage);

}  // namespace vgpu::programs
