// gvmctl's commands, from their arguments to their exit status.
#pragma once

#include <ostream>

#include "gvmctl/machine.h"

namespace vgpu::gvmctl {

// 0: done, or all is well. 1: it could not be done, or doctor found a problem. 2: the arguments
// make no sense.
int run(int argc, const char* const* argv, const Machine& machine, std::ostream& out,
        std::ostream& error);

}  // namespace vgpu::gvmctl
