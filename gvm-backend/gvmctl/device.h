// One vgpu device as its nodes in xenstore show it (transport/xen/vgpuif.h).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gvmctl/domains.h"
#include "gvmctl/xenstore.h"

namespace vgpu::gvmctl {

struct Device {
    unsigned dvm = 0, gvm = 0, number = 0;
    std::string dvm_name, gvm_name;  // empty: no such domain any more

    std::string frontend() const;  // its directory
    std::string backend() const;
};

// Values of nodes that a guest may have written: what no terminal should see is "?".
std::string printable(const std::string& text);

// Every device that has a directory at either end.
std::vector<Device> all_devices(const Xenstore& store);
// Those of one DVM, named by name or number; a number may be that of a domain that is gone.
std::vector<Device> devices_of(const Xenstore& store, const std::string& dvm);
// The one with this number. Throws SetupError when there is none.
Device need_device(const Xenstore& store, const std::string& dvm, unsigned number);

std::string state_name(const std::string& state);  // "4" is "Connected"
// What the two states, `online` and `error` mean together, in words.
std::string condition(const Xenstore& store, const Device& device);

}  // namespace vgpu::gvmctl
