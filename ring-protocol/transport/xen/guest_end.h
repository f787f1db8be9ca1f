// Makes an application's end of a context whose memory its domain's broker has granted.
#pragma once

#include <memory>

#include "base/unique_fd.h"
#include "transport/guest_transport.h"
#include "transport/messages.h"

namespace vgpu::transport::xen {

// What came with the broker's Welcome.
struct GrantedContext {
    UniqueFd control;  // gntalloc: the control region, at offset 0
    UniqueFd bell;     // evtchn: the doorbell's port is bound on it, and no other
};

// `socket` leads to the broker. Null, and errno, when the control region cannot be mapped.
std::unique_ptr<GuestTransport> make_guest_end(UniqueFd socket, GrantedContext context,
                                               Welcome welcome);

}  // namespace vgpu::transport::xen
