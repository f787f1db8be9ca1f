// What the administrator asks of the supervisor on its command line.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "worker/host_options.h"

namespace vgpu::gpud {

struct Options {
    std::string socket = "/run/xen-vgpu/gpud.sock";
    std::string gpu;                        // PCI address; empty: choose
    std::uint64_t memory_limit_mb = 4096;   // of each context
    std::uint64_t worker_memory_mb = 2048;  // of each worker, beside its guest's; 0: no limit
    std::uint32_t contexts_max = 64;
    std::optional<std::uint32_t> hang_seconds;  // empty: by the kind of GPU
    std::uint32_t compile_seconds = 60;         // of one shader or pipeline
    std::string shader_gate = "full";           // or "bounds", "off"
    std::string memory_import = "auto";         // or "hostptr", "copy"
    std::string driver;                         // a manifest for the loader's VK_DRIVER_FILES
    std::string drivers = "served";             // or "all": what workers load
    std::string worker;                         // the worker's program; empty: look beside this one
    std::uint32_t worker_turn_us = 100;         // 0: as long as the kernel likes
    std::uint32_t kept_heap_mb = 64;            // of what a driver frees; 0: the C library's way
    std::uint32_t spare_workers = 1;            // started ahead of their guests
    std::string worker_user;                    // with root: the user that workers become
    std::string log_level = "info";
    std::string xen = "auto";            // or "on", "off"
    std::string completion = "channel";  // or "thread": who tells of submissions' ends
    bool jail = true;
    bool probe_only = false;
};

// nullopt and `exit_status` when there is nothing more to do (--help, a wrong argument).
std::optional<Options> parse_options(int argc, char** argv, int& exit_status);

}  // namespace vgpu::gpud
