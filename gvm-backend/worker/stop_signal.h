// Turns SIGTERM, the supervisor's word that the service ends, into the end of the context.
#pragma once

#include "worker/replay_port.h"

namespace vgpu::worker {

// Keeps SIGTERM for a later watch_stop_signal(), in this thread and those that it makes.
void block_stop_signal();

// Starts a thread that sleeps until SIGTERM comes and then loses the context (ServiceStopped). The
// thread lives as long as the process, and so must `services`.
void watch_stop_signal(WorkerServices& services);

}  // namespace vgpu::worker
