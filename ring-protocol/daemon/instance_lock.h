// Lets one supervisor serve a socket at a time.
#pragma once

#include <string>

#include "base/unique_fd.h"

namespace vgpu::daemon {

// Holds a lock file as long as it lives; the kernel frees it when the process dies, however.
class InstanceLock {
  public:
    // Throws SetupError, which names the process that holds it; `program` is what both are.
    explicit InstanceLock(const std::string& path, const std::string& program = "gvm-gpud");

  private:
    UniqueFd file_;
};

}  // namespace vgpu::daemon
