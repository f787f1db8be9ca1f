// Loads the host's driver before the jail closes, so that nothing need be loaded afterwards.
#pragma once

#include "worker/host_options.h"

namespace vgpu::worker {

// Makes an instance and a device of the GPU, destroys both, and keeps the libraries that came with
// them in this process for good: those of its own driver alone, where that is known. Throws
// SetupError when the GPU is not there any more.
void warm_driver(const GpuIdentity& gpu);

}  // namespace vgpu::worker
