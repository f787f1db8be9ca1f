// What the supervisor hands to the worker of a guest in another domain.
#pragma once

#include <cstdint>

#include "base/unique_fd.h"

namespace vgpu::transport::xen {

// Close-on-exec, all three.
struct XenHandover {
    UniqueFd socket;   // leads to the supervisor, which speaks for the guest
    UniqueFd control;  // gntdev: the control region, to be mapped once at offset 0
    UniqueFd bell;     // evtchn, restricted to the guest's domain
    std::uint32_t bell_port = 0;
};

}  // namespace vgpu::transport::xen
