// The part of the file system that a worker still sees once it serves a guest.
#pragma once

#include <string>
#include <vector>

namespace vgpu::worker {

// Lets the calling thread, and those that it makes later, read what a driver reads (libraries,
// manifests, the machine's description) and `readable` besides, use device nodes of drivers if
// device_nodes, of GPUs only `gpu_nodes` (all, where that is empty), and nothing else. Irrevocable.
// Needs no_new_privs. False where the kernel has no Landlock.
bool restrict_files(bool device_nodes, const std::vector<std::string>& gpu_nodes,
                    const std::vector<std::string>& readable);

}  // namespace vgpu::worker
