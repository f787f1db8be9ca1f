// A guest's programs: the daemon, the GPU and its driver in the GVM, the Vulkan driver in the DVM.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "gvmctl/doctor/check.h"

namespace vgpu::gvmctl {

namespace {

bool runs(const View& view, const std::string& program) {
    const auto names = view.machine.folder("/proc");
    return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
        return parse_small_number(name) &&
               view.machine.file("/proc/" + name + "/comm") == program + "\n";
    });
}

void check_daemon(const View& view, Reporter& report) {
    const std::string daemon = view.place == Place::Gvm ? "gvm-gpud" : "dvm-gpud";
    if (runs(view, daemon)) return report.ok(daemon + " runs.");
    report.problem(daemon + " does not run.",
                   "systemctl enable --now " + daemon + "; journalctl -u " + daemon);
}

void check_worker_user(const View& view, Reporter& report) {
    std::string users = "\n";
    users += view.machine.file("/etc/passwd").value_or("");
    if (users.find("\nxen-vgpu:") != users.npos) {
        return report.ok("Workers have the user xen-vgpu.");
    }
    report.warning("There is no user xen-vgpu: workers are nobody, as other services may be.",
                   "systemd-sysusers");
}

bool has_render_node(const View& view) {
    const auto names = view.machine.folder("/dev/dri");
    return std::any_of(names.begin(), names.end(),
                       [](const std::string& name) { return name.compare(0, 7, "renderD") == 0; });
}

void check_gpu(const View& view, Reporter& report) {
    if (has_render_node(view)) return report.ok("The kernel's driver serves a GPU in /dev/dri.");
    report.warning("There is no /dev/dri/renderD*: no GPU has a kernel driver here.",
                   "In dom0, pass the GPU by pci = [ ... ]; here, lspci -k and the GPU's firmware "
                   "package. Without a GPU the service draws in software.");
}

// The line above "  type: ..." is a GPU's name; others are about the loader, or a log's.
std::string first_gpu(const std::string& report) {
    const std::size_t type = report.find("\n  type: ");
    if (type == report.npos) return "no GPU that it names";
    const std::size_t before = report.rfind('\n', type - 1);
    const std::size_t begin = before == report.npos ? 0 : before + 1;
    return printable(report.substr(begin, type - begin));
}

void check_driver(const View& view, Reporter& report) {
    const CommandResult probe = view.machine.run({"gvm-gpud", "--probe"});
    if (probe.status == 127) {
        return report.problem("There is no program gvm-gpud.", "Install xen-vgpu in this domain.");
    }
    if (probe.status != 0) {
        return report.problem("No Vulkan driver works here (gvm-gpud --probe: status " +
                                  std::to_string(probe.status) + ").",
                              "Install mesa-vulkan-drivers or the GPU's own; vulkaninfo --summary");
    }
    const std::string gpu = first_gpu(probe.output);
    if (gpu.find("llvmpipe") != gpu.npos && has_render_node(view)) {
        return report.warning("Vulkan finds only " + gpu + " beside the GPU.",
                              "Install the GPU's Vulkan driver (mesa-vulkan-drivers or its own).");
    }
    report.ok("Vulkan finds " + gpu + ".");
}

// The first folder of the loader's that has the manifest.
std::string manifest_path(const View& view) {
    for (const char* folder : {"/usr/local/etc", "/etc", "/usr/local/share", "/usr/share"}) {
        const std::string path = std::string(folder) + "/vulkan/icd.d/xvgpu_icd.x86_64.json";
        if (view.machine.facts(path)) return path;
    }
    return {};
}

void check_icd(const View& view, Reporter& report) {
    const std::string path = manifest_path(view);
    if (path.empty()) {
        return report.problem("The Vulkan loader finds no xvgpu_icd.x86_64.json.",
                              "Install xen-vgpu in this domain, under /usr or /usr/local.");
    }
    const auto json = nlohmann::json::parse(view.machine.file(path).value_or(""), nullptr, false);
    const auto pointer = nlohmann::json::json_pointer("/ICD/library_path");
    if (!json.is_object() || !json.contains(pointer) || !json.at(pointer).is_string()) {
        return report.problem(path + " is no manifest of a driver.", "Install xen-vgpu again.");
    }
    const std::string library = json.at(pointer);
    if (library.find('/') != library.npos && !view.machine.facts(library)) {
        return report.problem(path + " names " + printable(library) + ", which is not there.",
                              "Install xen-vgpu again.");
    }
    report.ok("The Vulkan loader finds " + path + ".");
}

void check_socket(const View& view, Reporter& report) {
    const std::string path = "/run/xen-vgpu/gpud.sock";
    const auto facts = view.machine.facts(path);
    if (!facts || facts->kind != FileFacts::Kind::Socket) {
        return report.problem("There is no socket " + path + ".",
                              "systemctl start dvm-gpud; journalctl -u dvm-gpud");
    }
    if ((facts->mode & 0222) != 0222) {
        return report.warning(path + " is not open to every user.",
                              "Who is to use the GPU must be able to write to it.");
    }
    report.ok("Programs reach dvm-gpud at " + path + ".");
}

// What this domain may read of its devices.
void check_connection(const View& view, Reporter& report) {
    if (!view.store) return;
    for (const Device& each : view.devices) {
        const bool gvm = view.place == Place::Gvm;
        const std::string own = gvm ? each.backend() : each.frontend();
        const std::string state = view.store->read(own + "/state").value_or("");
        const std::string found = "Device " + std::to_string(each.number) +
                                  (gvm ? " of domain " + std::to_string(each.dvm) : " here") +
                                  " is " + state_name(state) + ".";
        if (const auto error = view.store->read(own + "/error")) {
            report.problem(found + " " + printable(*error), "");
        } else if (state == "4") {
            report.ok(found);
        } else {
            report.warning(found, "It is Connected once both daemons run; see their logs.");
        }
    }
    if (view.devices.empty()) {
        report.problem("This domain has no vgpu device.", "In dom0: gvmctl attach DVM");
    }
}

}  // namespace

const std::vector<Check>& guest_checks() {
    static const std::vector<Check> checks = {{"daemon", kGvm | kDvm, check_daemon},
                                              {"connection", kGvm | kDvm, check_connection},
                                              {"worker-user", kGvm, check_worker_user},
                                              {"gpu", kGvm, check_gpu},
                                              {"driver", kGvm, check_driver},
                                              {"icd", kDvm, check_icd},
                                              {"socket", kDvm, check_socket}};
    return checks;
}

}  // namespace vgpu::gvmctl
