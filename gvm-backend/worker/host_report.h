// What a probe of the host found, as the probing worker tells it to the supervisor.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "transport/messages.h"
#include "worker/host_options.h"

namespace vgpu::worker {

struct HostGpu {
    GpuIdentity identity;
    std::string type;         // "discrete", "integrated", "virtual", "cpu" or "other"
    std::string driver;       // VkPhysicalDeviceDriverProperties: name and info
    std::string api_version;  // "1.3.230"
    std::string render_node;  // "/dev/dri/renderD128", or empty
    ImportWay import_way = ImportWay::Copy;
    std::uint32_t page_type_bits = 0;     // of import_way; see HostOptions
    std::uint32_t host_visible_bits = 0;  // the memory types that can be mapped
    std::string import_text;              // what the import test saw
    std::vector<std::string> memory_types;
};

// A GPU as the kernel knows it, with a Vulkan driver or without.
struct PciGpu {
    std::string pci_address;  // "0000:01:00.0"
    std::string node;         // its render node if it has one, else "/dev/dri/card0"
    bool renders = false;     // has a render node
};

// Trusted as the host's driver is, which ran in the process that wrote it.
struct HostReport {
    std::string error;  // why there are no devices; empty when there are
    std::uint32_t instance_version = 0;
    std::vector<transport::ExtensionEntry> instance_extensions;
    std::vector<HostGpu> gpus;
    std::vector<PciGpu> pci_gpus;
    std::vector<std::uint32_t> command_hashes;
    std::vector<std::uint32_t> link_hashes;
};

const char* to_string(ImportWay way);

// JSON. parse_report throws std::runtime_error when the text is none of these.
std::string format_report(const HostReport& report);
HostReport parse_report(const std::string& text);

}  // namespace vgpu::worker
