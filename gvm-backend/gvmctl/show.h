// What the host's vgpu devices are and do.
#pragma once

#include "gvmctl/answer.h"
#include "gvmctl/device.h"
#include "gvmctl/xenstore.h"

namespace vgpu::gvmctl {

Answer list(const Xenstore& store);
// Every node of both ends, explained.
Answer show(const Xenstore& store, const Device& device);
// The counters of all devices.
Answer counters(const Xenstore& store);

}  // namespace vgpu::gvmctl
