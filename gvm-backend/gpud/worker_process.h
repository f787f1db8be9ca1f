// Starts worker processes with nothing of the supervisor's but what they need.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "base/unique_fd.h"

namespace vgpu::gpud {

// Starts a program in a session of its own: with these variables, stdin from /dev/null, stderr as
// here, and of the other descriptors those named, as (here, there). SIGTERM stays blocked until the
// child asks for it, so that it is never lost. Throws SetupError.
pid_t spawn(const std::vector<std::string>& arguments, const std::vector<std::string>& environment,
            const std::vector<std::pair<int, int>>& descriptors);

struct WorkerProcess {
    pid_t pid = -1;
    UniqueFd process;  // pidfd: readable when it has ended
    UniqueFd socket;   // for the start message; the worker's last words come back
};
// How a worker is started; constant.
struct WorkerProgram {
    std::string path;
    std::vector<std::string> environment;
    // Its threads' turns on a processor; 0: as long as the kernel likes. Who asks for short ones is
    // let in at once when it wakes, where others would work on to their turns' ends (Linux 6.12).
    std::chrono::microseconds turn{0};
};
WorkerProcess spawn_worker(const WorkerProgram& program);

// The worker's program: `asked`, or the one beside this program, in the build tree, or installed.
// Throws SetupError when there is none.
std::string find_worker(const std::string& asked);

// Those of this process's variables that concern Vulkan drivers and layers, and nothing else.
std::vector<std::string> worker_environment(const std::string& driver_manifest,
                                            std::uint32_t kept_heap_mb);

UniqueFd open_process(pid_t pid);
void signal_process(const UniqueFd& process, int signal);

}  // namespace vgpu::gpud
