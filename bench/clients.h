// Several processes of this program that measure the same row at the same time.
#pragma once

#include "measure.h"

namespace vgpu::bench {

// Starts options.clients copies of this program, lets them go together, and adds their values up.
// The row must call wait_for_start().
Result measure_clients(const Options& options);

}  // namespace vgpu::bench
