// What the supervisor hands to the worker of a guest in another domain.
#pragma once

#include <chrono>
#include <cstdint>

#include "base/unique_fd.h"

namespace vgpu::transport::xen {

// Close-on-exec, all of them.
struct XenHandover {
    UniqueFd socket;   // leads to the supervisor, which speaks for the guest
    UniqueFd control;  // gntdev: the control region, to be mapped once at offset 0
    UniqueFd bell;     // evtchn, restricted to the guest's domain
    std::uint32_t bell_port = 0;
    // Listens: when the supervisor dies, the next one connects here. Without it the context ends.
    UniqueFd successors = {};
    std::chrono::milliseconds patience{60000};  // with the time until then
};

}  // namespace vgpu::transport::xen
