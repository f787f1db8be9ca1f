// Has a short-lived worker look at the host's Vulkan, because a driver may crash or hang in it.
#pragma once

#include <string>
#include <vector>

#include "worker/host_report.h"

namespace vgpu::gpud {

// Throws SetupError when the probe dies, takes longer than half a minute, or says nonsense.
worker::HostReport probe_host(const std::string& worker_program,
                              const std::vector<std::string>& environment);

// For people.
std::string describe(const worker::HostReport& report);

}  // namespace vgpu::gpud
