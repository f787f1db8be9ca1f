// Takes from a worker, before it serves a guest, all that an owned one could do harm with.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace vgpu::worker {

struct JailOptions {
    bool enabled = true;
    // The driver works through device nodes: false for a CPU driver such as lavapipe.
    bool device_nodes = true;
    // Of those of GPUs only these are open; empty where it is not known which is the GPU's.
    std::vector<std::string> gpu_nodes;
    // Memory of the process's own, in octets: heap, stacks, what the driver computes by. Pages of
    // its guest and the GPU's memory are not among it. 0: no limit.
    std::uint64_t memory_max = 0;
    // With change_user (which needs root) the worker becomes this user.
    bool change_user = false;
    uid_t uid = 0;
    gid_t gid = 0;
    std::vector<gid_t> groups;  // those of the device nodes, as a rule
    // Files and directories that stay readable beside the usual ones.
    std::vector<std::string> readable;
    // The guest is of another domain of Xen's: it is rung by an event channel, one request of one
    // device, and the next supervisor connects to a socket that listens.
    bool event_channels = false;

    bool operator==(const JailOptions&) const = default;
};

// Enters the jail for good: no new privileges, no capabilities, another user, few files, few system
// calls, no core dumps, no debugger. To be called while the process has one thread, after the
// driver was loaded. Returns which parts are in force, for one line of the log; throws SetupError
// when a part fails that every supported kernel has.
std::string enter_jail(const JailOptions& options);

// Directories that the environment names to the Vulkan loader (VK_DRIVER_FILES and the like).
std::vector<std::string> paths_from_environment();

}  // namespace vgpu::worker
