// Decides which GPU is served, and how memory gets there.
#pragma once

#include <string>
#include <vector>

#include "worker/host_report.h"

namespace vgpu::gpud {

struct GpuChoice {
    const worker::HostGpu* gpu = nullptr;  // in the report
    std::string why;                       // "it is the only one", for the log
};

// `pci_address` as the administrator gave it, or empty. Throws SetupError, which lists what there
// is, when there is no such GPU or none at all.
GpuChoice choose_gpu(const worker::HostReport& report, const std::string& pci_address);

// Sentences about GPUs of this machine that no Vulkan driver serves; for the log.
std::vector<std::string> describe_unserved(const worker::HostReport& report);

struct ImportDecision {
    worker::ImportWay way = worker::ImportWay::Copy;
    std::uint32_t page_type_bits = 0;
};
// `choice`: "auto", "hostptr" or "copy". Throws SetupError when hostptr is asked for and the GPU's
// test did not find it working.
ImportDecision decide_import(const worker::HostGpu& gpu, const std::string& choice);

}  // namespace vgpu::gpud
