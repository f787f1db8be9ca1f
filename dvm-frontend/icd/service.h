// Finds the service that this guest's applications are to use.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "transport/guest_transport.h"
#include "transport/messages.h"

namespace vgpu::icd {

// $XEN_VGPU_SOCKET, else the service's usual place. Processes with raised privileges do not listen
// to the environment.
std::string service_socket_path();

// Asks what the service offers, without a context. Nothing when there is no service, or none that
// understands this driver: then this ICD quietly offers only what the guest itself answers. May
// throw std::bad_alloc.
std::optional<transport::Welcome> query_service();

// Opens a context. Null when it cannot be: `why_not` then says what happened and what to do.
std::unique_ptr<transport::GuestTransport> connect_service(std::string& why_not);

}  // namespace vgpu::icd
