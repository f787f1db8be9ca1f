// Looks at the host's Vulkan: runs in a short-lived process, because a driver may crash in it.
#pragma once

#include "worker/host_report.h"

namespace vgpu::worker {

// Failures are part of the report. With test_import a device is made on every GPU and its import
// tried; else every GPU's way is Copy.
HostReport probe_host(bool test_import);

}  // namespace vgpu::worker
