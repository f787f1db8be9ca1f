// The key vgpu = [ 'backend=gvm,memory-limit-mb=8192' ] of a domain's xl config file.
//
// xl itself ignores the key and does not keep it, so gvmctl reads the file.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gvmctl/answer.h"

namespace vgpu::gvmctl {

// One string of the list: one device.
struct VgpuSpec {
    std::string backend = "gvm";  // the GVM, by name or number
    std::vector<Setting> settings;
};

struct XlConfig {
    std::string name;  // of the domain
    std::vector<VgpuSpec> devices;
};

// Pieces between commas, each KEY=VALUE. A piece that begins with + or - goes on with the
// `features` before it, whose values hold commas themselves. Throws SetupError.
VgpuSpec parse_spec(const std::string& text);

// Parses the file as xl does. Throws SetupError with xl's own message and line.
XlConfig read_xl_config(const std::string& path);

}  // namespace vgpu::gvmctl
