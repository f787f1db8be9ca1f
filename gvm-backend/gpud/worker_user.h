// Decides as whom workers run.
#pragma once

#include <string>
#include <vector>

#include "worker/host_report.h"
#include "worker/jail.h"

namespace vgpu::gpud {

// Fills in the jail's user and groups: `asked`, or xen-vgpu, or nobody, with the groups that the
// GPU's device nodes want. Without root workers keep this user, and asking is an error. Throws
// SetupError.
void choose_worker_user(const std::string& asked, const std::string& render_node,
                        worker::JailOptions& jail);

// The nodes by which that GPU is reached; none where it is not known, or there are none.
// `driver_info` is where NVIDIA's driver tells of its GPUs.
std::vector<std::string> nodes_of(const worker::HostGpu& gpu,
                                  const std::string& driver_info = "/proc/driver/nvidia/gpus");

}  // namespace vgpu::gpud
