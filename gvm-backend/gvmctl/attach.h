// Gives a DVM its vgpu device, and takes it away.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/setup_error.h"
#include "gvmctl/answer.h"
#include "gvmctl/hypervisor.h"
#include "gvmctl/xenstore.h"

namespace vgpu::gvmctl {

struct AttachRequest {
    std::string dvm;
    std::string gvm = "gvm";
    unsigned number = 0;
    std::vector<Setting> settings;  // tuning keys with their values
};

// What attach throws when the device is there: for callers to whom that is as good.
class AlreadyAttached : public SetupError {
  public:
    using SetupError::SetupError;
};

// Makes the directories of both ends at once. Throws SetupError when a domain is missing, the
// device is there already, or a setting is senseless; then nothing has changed.
Answer attach(Xenstore& store, const Hypervisor& hypervisor, const AttachRequest& request);

struct DetachRequest {
    std::string dvm;
    unsigned number = 0;
    bool force = false;  // remove without waiting for the back end
    std::chrono::milliseconds timeout{10000};
};

// Tells the back end to end the device's contexts, waits until it has, and removes the
// directories. Throws SetupError when it does not in time; the device then stays offline.
Answer detach(Xenstore& store, const DetachRequest& request);

}  // namespace vgpu::gvmctl
