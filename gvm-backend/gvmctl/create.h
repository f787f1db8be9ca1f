// Domains whose xl config file has the key vgpu: made with their devices, and kept with them.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "gvmctl/answer.h"
#include "gvmctl/hypervisor.h"
#include "gvmctl/machine.h"
#include "gvmctl/xenstore.h"

namespace vgpu::gvmctl {

// xl create, paused, then attach for each item of the key, then xl unpause: the guest finds its
// devices there from its first moment. Throws SetupError before anything is made when the file or
// a GVM is not good, and afterwards when attaching fails; then the domain runs without.
Answer create(Xenstore& store, const Hypervisor& hypervisor, const Machine& machine,
              const std::string& config);

// Attaches to the domain what `config` asks for.
Answer attach_config(Xenstore& store, const Hypervisor& hypervisor, const std::string& dvm,
                     const std::string& config);

// One look at all domains: attaches devices that a file NAME.cfg of the folders asks for and that
// are not there, and removes those of domains that are gone. `say` is told of each, and of what
// fails.
void keep_attached(Xenstore& store, const Hypervisor& hypervisor, const Machine& machine,
                   const std::vector<std::string>& folders,
                   const std::function<void(const std::string&)>& say);

}  // namespace vgpu::gvmctl
