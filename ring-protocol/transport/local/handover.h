// What the supervisor hands to a new worker: a guest that has been greeted.
#pragma once

#include "base/unique_fd.h"

namespace vgpu::transport {

// Close-on-exec, all three; they go to the worker as inherited descriptors. The supervisor keeps
// no copy: the guest sees its worker's death as the hang-up of the socket.
struct LocalHandover {
    UniqueFd socket;    // leads to the guest
    UniqueFd control;   // the control region's memory, checked
    UniqueFd doorbell;  // the guest's eventfd
};

}  // namespace vgpu::transport
