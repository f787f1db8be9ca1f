// The hypervisor for tests without Xen: defines what gvmctl calls of libxenctrl.
#pragma once

#include <cstdint>
#include <string>

namespace vgpu::fake {

// Begins anew: no domains, all calls work.
void reset_hypervisor();
// type: "PV", "PVH", "HVM".
void add_hypervisor_domain(unsigned domain, const std::string& type,
                           std::uint32_t grant_frames_max);
void remove_hypervisor_domain(unsigned domain);
// An errno for opening it, and for each call; 0: works.
void fail_hypervisor(int open_error, int call_error);
std::size_t open_hypervisors();

}  // namespace vgpu::fake
