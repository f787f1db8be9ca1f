// Finds out what keeps a GPU from being shared, in dom0, in a GVM and in a DVM.
#pragma once

#include <optional>
#include <string>

#include "gvmctl/answer.h"
#include "gvmctl/doctor/check.h"

namespace vgpu::gvmctl {

// Where this machine is; nullopt outside Xen. A guest is what its directories in xenstore say, or
// else what is installed in it.
std::optional<Place> find_place(const Machine& machine, const Xenstore* store);
std::optional<Place> parse_place(const std::string& text);  // "dom0", "gvm", "dvm"

// Every check of the place; status 1 when there is a problem. `place` empty: find out.
Answer doctor(const Machine& machine, std::optional<Place> place);

}  // namespace vgpu::gvmctl
