// Decides as whom workers run.
#pragma once

#include <string>

#include "worker/jail.h"

namespace vgpu::gpud {

// Fills in the jail's user and groups: `asked`, or xen-vgpu, or nobody, with the groups that the
// GPU's device nodes want. Without root workers keep this user, and asking is an error. Throws
// SetupError.
void choose_worker_user(const std::string& asked, const std::string& render_node,
                        worker::JailOptions& jail);

}  // namespace vgpu::gpud
