// The system calls that a worker may still make once it serves a guest.
#pragma once

#include <string>

namespace vgpu::worker {

// Loads a seccomp filter for all threads of the process: what is not on the list answers EPERM.
// device_nodes: the driver opens nodes under /dev for reading and writing. event_channels: the
// process may ring the event channels that it was handed, and do nothing else with their device;
// and take connections on the socket that it was handed, which the next supervisor makes.
// Irrevocable. Throws SetupError when the kernel has no seccomp filters.
void load_system_call_filter(bool device_nodes, bool event_channels);

}  // namespace vgpu::worker
