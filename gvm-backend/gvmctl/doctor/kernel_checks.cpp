// A guest's kernel: what kind of guest it runs in, its options, modules, their limits, its nodes.
#include <algorithm>
#include <sstream>

#include "gvmctl/doctor/check.h"
#include "gvmctl/grants.h"

namespace vgpu::gvmctl {

namespace {

std::string first_line(const std::optional<std::string>& text) {
    return text ? printable(text->substr(0, text->find('\n'))) : "";
}

std::string guest_type(const View& view) {
    return first_line(view.machine.file("/sys/hypervisor/guest_type"));
}

void check_guest_type(const View& view, Reporter& report) {
    const std::string type = guest_type(view);
    const std::string found =
        std::string(type == "HVM" ? "This is an " : "This is a ") + type + " guest.";
    if (type.empty()) {
        return report.warning("The kernel does not say what kind of guest this is.",
                              "Use one with CONFIG_XEN_SYS_HYPERVISOR, 5.4 or newer.");
    }
    if (view.place == Place::Dvm || type == "HVM") return report.ok(found);
    if (type == "PV") {
        return report.warning(found,
                              "Use HVM (xl-configs/gvm-hvm.cfg): a PV guest's mapped pages "
                              "cannot be imported by GPU drivers, and are copied.");
    }
    report.problem(found, "Use HVM: a PVH guest can be given no PCI device.");
}

struct KernelOption {
    const char* name;
    unsigned places;
    Level missing;
    const char* effect;
};
constexpr KernelOption kOptions[] = {
    {"CONFIG_XEN_DEV_EVTCHN", kGvm | kDvm, Level::Problem, "no doorbells"},
    {"CONFIG_XEN_GRANT_DEV_ALLOC", kDvm, Level::Problem, "no memory can be shared"},
    {"CONFIG_XEN_GNTDEV", kGvm, Level::Problem, "no shared memory can be mapped"},
    {"CONFIG_XEN_GNTDEV_DMABUF", kGvm, Level::Warning,
     "drivers that import only dma-bufs (RADV, ANV) get copies of guest memory"},
};

std::string kernel_config(const View& view) {
    const std::string release = first_line(view.machine.file("/proc/sys/kernel/osrelease"));
    if (const auto text = view.machine.file("/boot/config-" + release)) return *text;
    const CommandResult packed = view.machine.run({"zcat", "/proc/config.gz"});
    return packed.status == 0 ? packed.output : "";
}

bool has_option(const std::string& config, const std::string& option) {
    std::istringstream lines(config);
    for (std::string line; std::getline(lines, line);) {
        if (line == option + "=y" || line == option + "=m") return true;
    }
    return false;
}

void check_kernel(const View& view, Reporter& report) {
    const std::string config = kernel_config(view);
    if (config.empty()) {
        return report.warning(
            "The kernel's options are not to be found, neither in /boot nor in "
            "/proc/config.gz.",
            "Install the kernel's package with its /boot/config file.");
    }
    std::string present;
    for (const KernelOption& each : kOptions) {
        if (!(each.places & static_cast<unsigned>(view.place))) continue;
        if (has_option(config, each.name)) {
            present += std::string(present.empty() ? "" : ", ") + each.name;
        } else {
            report.add(each.missing, std::string(each.name) + " is off: " + each.effect + ".",
                       "Use a kernel with this option.");
        }
    }
    if (!present.empty()) report.ok("The kernel has " + present + ".");
}

std::vector<std::string> needed_modules(Place place) {
    if (place == Place::Gvm) return {"xen_evtchn", "xen_gntdev"};
    return {"xen_evtchn", "xen_gntalloc"};
}

std::string node_of(const std::string& module) {
    return "/dev/xen/" + module.substr(4);
}

// A module that is built in has no folder but its node.
void check_modules(const View& view, Reporter& report) {
    for (const std::string& module : needed_modules(view.place)) {
        const bool loaded = view.machine.facts("/sys/module/" + module).has_value() ||
                            view.machine.facts(node_of(module)).has_value();
        if (loaded) {
            report.ok("The module " + module + " is loaded.");
        } else {
            report.problem("The module " + module + " is not loaded.",
                           "modprobe " + module + "; the daemon's unit does so when it starts.");
        }
    }
}

void check_gntalloc(const View& view, Reporter& report) {
    const std::string path = "/sys/module/xen_gntalloc/parameters/limit";
    const auto limit = parse_small_number(first_line(view.machine.file(path)));
    if (!limit) return;  // not loaded: said by another check
    const std::uint64_t frames =
        view.store && !view.devices.empty()
            ? parse_small_number(
                  view.store->read(view.devices[0].frontend() + "/grant-frames-max").value_or(""))
                  .value_or(kFewGrantFrames)
            : kFewGrantFrames;
    const std::uint64_t wanted = frames * transport::xen::kGrantsPerFrame;
    const std::string found = "xen_gntalloc shares at most " + std::to_string(*limit) +
                              " pages; this domain has " + std::to_string(wanted) +
                              " grant references.";
    const std::string remedy =
        "Start dvm-gpud, which raises it; or options xen-gntalloc limit=" + std::to_string(wanted) +
        " in /etc/modprobe.d.";
    const std::uint64_t one_context = context_bytes(1) / ring::kPageBytes;
    if (*limit < one_context) return report.problem(found + " A context takes more.", remedy);
    // The broker sets it so, and leaves the rest to other drivers.
    if (*limit + transport::xen::kReservedGrants < wanted) return report.warning(found, remedy);
    report.ok(found);
}

void check_gntdev(const View& view, Reporter& report) {
    const std::string path = "/sys/module/xen_gntdev/parameters/limit";
    const auto limit = parse_small_number(first_line(view.machine.file(path)));
    if (!limit) return;
    constexpr unsigned kWanted = transport::xen::kMaxRegionPages;
    const std::string found = "xen_gntdev maps at most " + std::to_string(*limit) +
                              " pages by one call; a region has up to " + std::to_string(kWanted) +
                              ".";
    if (*limit >= kWanted) return report.ok(found);
    report.warning(found, "options xen-gntdev limit=" + std::to_string(kWanted) +
                              " in /etc/modprobe.d, or at once: echo " + std::to_string(kWanted) +
                              " > " + path);
}

void check_module_limits(const View& view, Reporter& report) {
    if (view.place == Place::Dvm) check_gntalloc(view, report);
    if (view.place == Place::Gvm) check_gntdev(view, report);
}

void check_nodes(const View& view, Reporter& report) {
    std::vector<std::string> nodes = {"/dev/xen/xenbus"};
    for (const std::string& module : needed_modules(view.place)) nodes.push_back(node_of(module));
    for (const std::string& node : nodes) {
        const auto facts = view.machine.facts(node);
        if (!facts || facts->kind != FileFacts::Kind::Character) {
            report.problem("There is no device " + node + ".", "Load the modules, as said above.");
        } else if (facts->mode & 077 || facts->owner != 0) {
            report.problem(node + " is open to others than root.",
                           "chown root " + node + "; chmod 600 " + node +
                               "; look for the udev rule that opens it.");
        } else {
            report.ok(node + " is root's alone.");
        }
    }
}

}  // namespace

const std::vector<Check>& kernel_checks() {
    static const std::vector<Check> checks = {{"guest-type", kGvm | kDvm, check_guest_type},
                                              {"kernel", kGvm | kDvm, check_kernel},
                                              {"modules", kGvm | kDvm, check_modules},
                                              {"module-limits", kGvm | kDvm, check_module_limits},
                                              {"xen-nodes", kGvm | kDvm, check_nodes}};
    return checks;
}

}  // namespace vgpu::gvmctl
