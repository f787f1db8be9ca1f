// What a gvm-gpud serves, as its start decided.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gpud/options.h"
#include "transport/messages.h"
#include "worker/host_options.h"
#include "worker/host_report.h"
#include "worker/jail.h"

namespace vgpu::gpud {

// Live objects of a context: what a guest's ids index costs the worker about 64 bytes each.
inline constexpr std::uint32_t kObjectsMax = 1 << 20;

// How contexts on one GPU are run.
struct GpuSetup {
    worker::HostGpu gpu;  // as the probe found it
    worker::HostOptions host;
    worker::JailOptions jail;
    std::string why;  // this GPU; for the log
};
// `pci_address` is empty to choose. Throws SetupError when there is no such GPU, or it cannot be
// served as the options say.
GpuSetup set_up_gpu(const worker::HostReport& report, const Options& options,
                    const std::string& pci_address);

// What a worker may have of memory when its guest may have `guest_bytes`; 0: no limit.
std::uint64_t worker_memory_max(const Options& options, std::uint64_t guest_bytes);

// Constant while the supervisor runs.
struct Service {
    Options options;
    std::string worker_program;
    std::vector<std::string> worker_environment;
    worker::HostReport report;
    // Defaults of a context; a DVM's tuning keys change its own contexts'.
    GpuSetup gpu;
    transport::Welcome welcome;
};

}  // namespace vgpu::gpud
