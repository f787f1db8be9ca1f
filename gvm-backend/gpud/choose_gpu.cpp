// The preference among GPUs.
#include "gpud/choose_gpu.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "base/setup_error.h"

namespace vgpu::gpud {

namespace {

constexpr std::array<const char*, 5> kPreference{"discrete", "integrated", "virtual", "cpu",
                                                 "other"};

std::string list_gpus(const worker::HostReport& report) {
    std::string list;
    for (const worker::HostGpu& gpu : report.gpus) {
        list += (list.empty() ? "" : ", ") + gpu.identity.name +
                (gpu.identity.pci_address.empty() ? " (on no PCI bus)"
                                                  : " (" + gpu.identity.pci_address + ")");
    }
    return list;
}

// "1:0.0" and "01:00.0" name the same place as "0000:01:00.0".
std::string normalized(const std::string& address) {
    unsigned domain = 0, bus = 0, device = 0, function = 0;
    if (std::sscanf(address.c_str(), "%x:%x:%x.%x", &domain, &bus, &device, &function) != 4) {
        domain = 0;
        if (std::sscanf(address.c_str(), "%x:%x.%x", &bus, &device, &function) != 3) return address;
    }
    char text[64];
    std::snprintf(text, sizeof text, "%04x:%02x:%02x.%x", domain, bus, device, function);
    return text;
}

}  // namespace

GpuChoice choose_gpu(const worker::HostReport& report, const std::string& pci_address) {
    if (report.gpus.empty()) {
        throw SetupError("This machine has no usable Vulkan device. " + report.error,
                         "Install your GPU's Vulkan driver, or mesa-vulkan-drivers for lavapipe, "
                         "which needs no GPU; see what `vulkaninfo --summary` says.");
    }
    if (!pci_address.empty()) {
        for (const worker::HostGpu& gpu : report.gpus) {
            if (gpu.identity.pci_address == normalized(pci_address)) {
                return {&gpu, "it was asked for"};
            }
        }
        throw SetupError("No Vulkan device has the PCI address " + pci_address + ".",
                         "Name one of these with --gpu, or none: " + list_gpus(report) + ".");
    }
    if (report.gpus.size() == 1) return {&report.gpus.front(), "it is the only one"};
    for (const char* type : kPreference) {
        const auto found = std::find_if(report.gpus.begin(), report.gpus.end(),
                                        [&](const auto& gpu) { return gpu.type == type; });
        if (found != report.gpus.end()) {
            return {&*found,
                    std::string("it is the first ") + type + " device of " + list_gpus(report)};
        }
    }
    return {&report.gpus.front(), "it is the first"};
}

std::vector<std::string> describe_unserved(const worker::HostReport& report) {
    std::vector<std::string> sentences;
    for (const worker::PciGpu& pci : report.pci_gpus) {
        const bool served = std::any_of(
            report.gpus.begin(), report.gpus.end(),
            [&](const auto& gpu) { return gpu.identity.pci_address == pci.pci_address; });
        if (served) continue;
        sentences.push_back("The GPU " + pci.pci_address + " (" + pci.node +
                            ") has no Vulkan driver here, so it is not served. " +
                            (pci.renders ? "Install its driver; see `vulkaninfo --summary`."
                                         : "It has no render node: a display only, or its kernel "
                                           "driver or firmware is missing (see dmesg)."));
    }
    return sentences;
}

ImportDecision decide_import(const worker::HostGpu& gpu, const std::string& choice) {
    const bool can_import = gpu.import_way == worker::ImportWay::HostPointer;
    if (choice == "hostptr" && !can_import) {
        throw SetupError("The GPU \"" + gpu.identity.name +
                             "\" cannot import guest pages: " + gpu.import_text + ".",
                         "Use --memory-import=copy.");
    }
    if (choice == "copy" || !can_import) {
        return {worker::ImportWay::Copy, gpu.host_visible_bits};
    }
    return {worker::ImportWay::HostPointer, gpu.page_type_bits};
}

}  // namespace vgpu::gpud
