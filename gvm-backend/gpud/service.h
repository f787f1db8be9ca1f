// What a gvm-gpud serves, as its start decided.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "transport/messages.h"
#include "worker/host_options.h"
#include "worker/host_report.h"
#include "worker/jail.h"

namespace vgpu::gpud {

// Constant while the supervisor runs.
struct Service {
    std::string socket;
    std::uint32_t contexts_max = 0;
    std::string worker_program;
    std::vector<std::string> worker_environment;
    // Defaults of a context; a DVM's tuning keys change its own contexts'.
    worker::HostOptions host;
    worker::JailOptions jail;
    std::string log_level;
    transport::Welcome welcome;
    worker::HostReport report;
    // Of Xen's devices: "auto" serves them where this is a domain that has xenstore.
    enum class Xen { Off, Auto, On } xen = Xen::Auto;
};

}  // namespace vgpu::gpud
