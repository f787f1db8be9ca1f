// What a supervisor hands to a new worker: a guest of whichever transport.
#pragma once

#include <variant>

#include "transport/local/handover.h"
#include "transport/xen/handover.h"

namespace vgpu::transport {

using Handover = std::variant<LocalHandover, xen::XenHandover>;

}  // namespace vgpu::transport
