// Xen itself, as dom0 sees it: its line, its security policy, its IOMMU.
#include <cctype>
#include <sstream>

#include "gvmctl/doctor/check.h"

namespace vgpu::gvmctl {

namespace {

// Xen 4.17's own, where its line says nothing.
constexpr unsigned kDefaultGrantFrames = 64;
constexpr unsigned kDefaultMaptrackFrames = 1024;

// The value of a line "key : value" of `xl info`.
std::string info_value(const std::string& info, const std::string& key) {
    std::istringstream lines(info);
    for (std::string line; std::getline(lines, line);) {
        const std::size_t colon = line.find(':');
        if (colon == line.npos) continue;
        std::string name = line.substr(0, colon);
        name.erase(name.find_last_not_of(' ') + 1);
        if (name == key) return line.substr(std::min(colon + 2, line.size()));
    }
    return {};
}

// The number behind "option=" on Xen's line; the last one holds.
std::optional<unsigned> option_value(const std::string& line, const std::string& option) {
    std::istringstream words(line);
    std::optional<unsigned> value;
    for (std::string word; words >> word;) {
        if (word.compare(0, option.size() + 1, option + "=") != 0) continue;
        value = parse_small_number(word.substr(option.size() + 1));
    }
    return value;
}

void check_toolstack(const View& view, Reporter& report) {
    const CommandResult info = view.machine.run({"xl", "info"});
    if (info.status == 127) return report.problem("There is no program xl.", "Install xen-utils.");
    if (info.status != 0) {
        return report.problem("xl info fails: " + printable(info.output.substr(0, 200)),
                              "Start xenstored, and run this as root.");
    }
    report.ok("xl answers; Xen " + info_value(info.output, "xen_version") + ".");
}

void check_silo(const View& view, Reporter& report) {
    const std::string remedy =
        "Boot Xen with xsm=dummy (or xsm=flask and a policy that lets DVM and GVM share).";
    const CommandResult info = view.machine.run({"xl", "info"});
    if (info.status != 0) return;  // said by another check
    const std::string line = info_value(info.output, "xen_commandline");
    const std::string log = view.machine.run({"xl", "dmesg"}).output;
    if (log.find("XSM SILO mode") != log.npos || line.find("xsm=silo") != line.npos) {
        return report.problem("Xen runs in SILO mode: guests can share nothing with each other.",
                              remedy);
    }
    if (log.find("Flask:") != log.npos || line.find("xsm=flask") != line.npos) {
        return report.warning("Xen runs with a FLASK policy.",
                              "See that it allows grants and event channels between DVM and GVM.");
    }
    report.ok("Xen is not in SILO mode.");
}

void check_limit(const char* option, const std::string& line, unsigned by_default,
                 const std::string& effect, const std::string& wanted, Reporter& report) {
    const unsigned value = option_value(line, option).value_or(by_default);
    const std::string found = std::string(option) + " is " + std::to_string(value) + effect;
    if (value > by_default) return report.ok(found);
    report.warning(found, std::string("Boot Xen with ") + option + "=" + wanted + " or more.");
}

void check_xen_limits(const View& view, Reporter& report) {
    const CommandResult info = view.machine.run({"xl", "info"});
    if (info.status != 0) return;  // said by another check
    const std::string line = info_value(info.output, "xen_commandline");
    check_limit("gnttab_max_frames", line, kDefaultGrantFrames,
                ": no domain can share more than 2 MiB for each of them.", "1024", report);
    check_limit("gnttab_max_maptrack_frames", line, kDefaultMaptrackFrames,
                ": no GVM can map more than 1 MiB for each of them.", "8192", report);
}

void check_iommu(const View& view, Reporter& report) {
    const CommandResult info = view.machine.run({"xl", "info"});
    if (info.status != 0) return;  // said by another check
    const std::string capabilities = info_value(info.output, "virt_caps");
    if (capabilities.find("directio") != capabilities.npos) {
        return report.ok("An IOMMU is in use (" + printable(capabilities) + ").");
    }
    report.problem("Xen uses no IOMMU (" + printable(capabilities) +
                       "): a GPU can be passed to no HVM guest, and could read all memory.",
                   "Switch VT-d or AMD-Vi on in the firmware, and boot Xen with iommu=on.");
}

// How many PCI devices xl has given to a domain.
std::string passed_devices(const View& view, unsigned domain) {
    const std::string path = "/local/domain/0/backend/pci/" + std::to_string(domain) + "/0/";
    return view.store ? view.store->read(path + "dev-0").value_or("") : "";
}

void check_passthrough(const View& view, Reporter& report) {
    bool any = false;
    for (const Device& each : view.devices) {
        if (each.gvm_name.empty()) continue;
        any = true;
        const std::string passed = printable(passed_devices(view, each.gvm));
        const std::string gvm = "GVM " + printable(each.gvm_name);
        if (!passed.empty()) {
            report.ok(gvm + " has the PCI device " + passed + ".");
        } else {
            report.warning(gvm + " has no PCI device: it draws in software.",
                           "Give it the GPU: pci = [ '01:00.0' ] in its config.");
        }
    }
    if (any) return;
    const CommandResult assignable = view.machine.run({"xl", "pci-assignable-list"});
    if (assignable.status == 0 && assignable.output.find(':') != std::string::npos) {
        return report.ok("PCI devices can be assigned: " +
                         printable(assignable.output.substr(0, assignable.output.find('\n'))));
    }
    report.warning("No PCI device can be assigned to a GVM.",
                   "modprobe xen-pciback; xl pci-assignable-add 01:00.0");
}

}  // namespace

const std::vector<Check>& host_checks() {
    static const std::vector<Check> checks = {{"toolstack", kDom0, check_toolstack},
                                              {"silo", kDom0, check_silo},
                                              {"xen-limits", kDom0, check_xen_limits},
                                              {"iommu", kDom0, check_iommu},
                                              {"passthrough", kDom0, check_passthrough}};
    return checks;
}

}  // namespace vgpu::gvmctl
