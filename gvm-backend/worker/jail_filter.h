// The system calls that a worker may still make once it serves a guest.
#pragma once

#include <string>

namespace vgpu::worker {

// Loads a seccomp filter for all threads of the process: what is not on the list answers EPERM.
// device_nodes: the driver opens nodes under /dev for reading and writing. Irrevocable. Throws
// SetupError when the kernel has no seccomp filters.
void load_system_call_filter(bool device_nodes);

}  // namespace vgpu::worker
