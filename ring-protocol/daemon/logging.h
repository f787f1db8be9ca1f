// One way to log for supervisor and workers: lines on stderr, which the journal understands.
#pragma once

#include <string>

namespace vgpu::daemon {

// `label` begins every line; empty for none. `level` is one of spdlog's names ("info", "debug").
void set_up_log(const std::string& level, const std::string& label);

// Text that a peer chose, as it may stand in a log: printable ASCII, and not long.
std::string loggable(const std::string& text);

}  // namespace vgpu::daemon
