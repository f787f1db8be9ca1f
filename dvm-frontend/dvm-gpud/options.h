// What the administrator asks of the broker on its command line.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "transport/xen/vgpuif.h"

namespace vgpu::broker {

struct Options {
    std::string socket = "/run/xen-vgpu/gpud.sock";
    std::optional<std::uint32_t> device;  // the number in xenstore's device/vgpu; none: the lowest
    std::uint32_t contexts_max = 64;
    std::uint32_t contexts_per_user = 32;
    std::uint32_t memory_limit_mb = 0;  // of each application; 0: three quarters of what there is
    std::uint32_t grants_reserved = transport::xen::kReservedGrants;
    bool set_gntalloc_limit = true;
    std::uint32_t wait_seconds = 5;
    std::uint32_t resume_seconds = 30;
    std::string log_level = "info";
};

// nullopt and `exit_status` when there is nothing more to do (--help, a wrong argument).
std::optional<Options> parse_options(int argc, char** argv, int& exit_status);

}  // namespace vgpu::broker
