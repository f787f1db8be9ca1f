// Makes the guest's transport from a conversation that has begun.
#pragma once

#include <memory>

#include "base/unique_fd.h"
#include "transport/guest_transport.h"
#include "transport/local/shared_memory.h"
#include "transport/messages.h"

namespace vgpu::transport {

// `socket` leads to the worker, which has `control` and `doorbell` already.
std::unique_ptr<GuestTransport> make_guest_end(UniqueFd socket, UniqueFd doorbell, UniqueFd control,
                                               Mapping control_mapping, Welcome welcome);

}  // namespace vgpu::transport
