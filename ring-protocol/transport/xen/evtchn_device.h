// The few requests of /dev/xen/evtchn that a process needs which was handed its descriptor: no
// library of Xen's, so that applications and jailed workers have nothing to load.
#pragma once

#include <cstdint>
#include <optional>

namespace vgpu::transport::xen {

// Ports are those of this domain, bound on `fd` by whoever opened it.

// Rings the other end. Never waits.
void notify_port(int fd, std::uint32_t port);
// A port that was rung, and is masked until unmask_port(); nothing when there is none now. The
// descriptor is non-blocking.
std::optional<std::uint32_t> take_port(int fd);
void unmask_port(int fd, std::uint32_t port);

// The request number of notify_port(), for a filter of system calls.
unsigned long notify_request();

}  // namespace vgpu::transport::xen
