// The devices of this host and the limits of their domains, as dom0 sees them.
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "gvmctl/doctor/check.h"
#include "gvmctl/grants.h"
#include "transport/xen/tuning.h"

namespace vgpu::gvmctl {

namespace {

std::string called(const Device& device) {
    return "Device " + std::to_string(device.number) + " of " +
           (device.dvm_name.empty() ? "a domain that is gone" : printable(device.dvm_name)) + " (" +
           std::to_string(device.dvm) + ")";
}

std::string detach_command(const Device& device) {
    return "gvmctl detach --force " + std::to_string(device.dvm);
}

// A directory that is missing, or that others than its two domains may read or write.
void check_end(const View& view, const Device& device, const std::string& path,
               const std::string& wanted, Reporter& report, bool& good) {
    const std::string permissions = view.store->permissions(path);
    if (permissions == wanted) return;
    good = false;
    const std::string again = "Make it anew: " + detach_command(device) + " && gvmctl attach " +
                              printable(device.dvm_name);
    if (permissions.empty()) {
        return report.problem(called(device) + " lacks its directory " + path + ".", again);
    }
    report.problem(path + " has the permissions " + permissions + ", not " + wanted + ".", again);
}

void check_device(const View& view, const Device& device, Reporter& report) {
    if (device.dvm_name.empty() || device.gvm_name.empty()) {
        return report.warning(
            called(device) + " is left over: " + condition(*view.store, device) + ".",
            detach_command(device));
    }
    const std::string d = std::to_string(device.dvm), g = std::to_string(device.gvm);
    bool good = true;
    check_end(view, device, device.frontend(), "n" + d + ",r" + g, report, good);
    check_end(view, device, device.backend(), "n" + g + ",r" + d, report, good);
    if (good) report.ok(called(device) + " has its nodes, with their permissions.");
}

void check_devices(const View& view, Reporter& report) {
    if (!view.store) return;
    for (const Device& each : view.devices) check_device(view, each, report);
    if (view.devices.empty()) {
        report.warning("No domain has a vgpu device.", "Attach one with: gvmctl attach DVM");
    }
}

void check_states(const View& view, Reporter& report) {
    for (const Device& each : view.devices) {
        if (!view.store || each.dvm_name.empty() || each.gvm_name.empty()) continue;
        const std::string now = condition(*view.store, each);
        const std::string found = called(each) + ": " + now + ".";
        if (now == "connected") {
            report.ok(found);
        } else if (now.find("gvm-gpud") != now.npos) {
            report.problem(found, "In the GVM: systemctl start gvm-gpud; gvmctl doctor");
        } else if (now.find("dvm-gpud") != now.npos) {
            report.warning(found, "In the DVM: systemctl start dvm-gpud; gvmctl doctor");
        } else {
            report.warning(found, "See the logs of gvm-gpud and dvm-gpud.");
        }
        for (const std::string& end : {each.frontend(), each.backend()}) {
            const auto error = view.store->read(end + "/error");
            if (error) report.problem(called(each) + " says: " + printable(*error), "");
        }
    }
}

void check_tuning(const View& view, Reporter& report) {
    for (const Device& each : view.devices) {
        if (!view.store) continue;
        transport::xen::Tuning scratch;
        std::optional<std::string> error;
        for (const auto& key : transport::xen::tuning_keys()) {
            const auto value = view.store->read(each.backend() + "/" + key.name);
            if (value && !error) error = set_tuning(scratch, key.name, *value);
        }
        if (error) report.problem(called(each) + ": " + *error, "The last good value holds.");
        if (!error) report.ok(called(each) + ": all tuning keys make sense.");
    }
}

// Each DVM once.
std::map<unsigned, Device> dvms(const View& view) {
    std::map<unsigned, Device> all;
    for (const Device& each : view.devices) {
        if (!each.dvm_name.empty()) all.emplace(each.dvm, each);
    }
    return all;
}

void check_grants(const View& view, Reporter& report) {
    for (const auto& [id, device] : dvms(view)) {
        const auto facts = view.hypervisor ? view.hypervisor->domain(id) : std::nullopt;
        if (!facts) continue;
        const unsigned frames = facts->grant_frames_max;
        const std::string found = "DVM " + printable(device.dvm_name) + " (" + facts->type +
                                  ") may have " + std::to_string(frames) +
                                  " grant frames: " + std::to_string(mib_of_grant_frames(frames)) +
                                  " MiB can be shared.";
        const std::string node =
            view.store->read(device.frontend() + "/grant-frames-max").value_or("");
        if (!node.empty() && node != std::to_string(frames)) {
            report.problem(found + " Its node grant-frames-max says " + printable(node) + ".",
                           "Attach it anew: gvmctl detach, gvmctl attach.");
        } else if (frames <= kFewGrantFrames) {
            report.warning(found,
                           "Set max_grant_frames in its config: 1 for each 2 MiB, and as "
                           "much for gnttab_max_frames on Xen's line.");
        } else {
            report.ok(found);
        }
    }
}

// max_maptrack_frames in what xl keeps of a domain's config; 1024 where it keeps nothing.
unsigned maptrack_frames(const View& view, const std::string& domain) {
    constexpr unsigned kDefault = 1024;
    const CommandResult result = view.machine.run({"xl", "list", "-l", domain});
    const auto all = nlohmann::json::parse(result.output, nullptr, false);
    if (result.status != 0 || !all.is_array() || all.empty()) return kDefault;
    const auto pointer = nlohmann::json::json_pointer("/config/b_info/max_maptrack_frames");
    const auto& one = all.front();
    if (!one.is_object() || !one.contains(pointer)) return kDefault;
    const auto& value = one.at(pointer);
    const bool senseless = !value.is_number_unsigned() || value.get<std::uint64_t>() > 1u << 24;
    return senseless ? kDefault : value.get<unsigned>();
}

void check_gvm(const View& view, unsigned gvm, const std::string& name, std::uint64_t frames,
               Reporter& report) {
    const auto facts = view.hypervisor->domain(gvm);
    if (!facts) return;
    const bool paravirtual = facts->type == "PV";
    const unsigned has = maptrack_frames(view, name),
                   needs = maptrack_frames_for(frames, paravirtual);
    const std::string found = "GVM " + printable(name) + " (" + facts->type + ") may have " +
                              std::to_string(has) + " maptrack frames; its DVMs can share " +
                              std::to_string(mib_of_grant_frames(frames)) + " MiB, which takes " +
                              std::to_string(needs) + ".";
    if (has >= needs) return report.ok(found);
    report.warning(found, "Set max_maptrack_frames=" + std::to_string(needs) +
                              " in its config, and gnttab_max_maptrack_frames on Xen's line.");
}

void check_maptrack(const View& view, Reporter& report) {
    if (!view.hypervisor) return;
    std::map<unsigned, std::uint64_t> frames;  // of each GVM's DVMs together
    std::map<unsigned, std::string> names;
    std::set<std::pair<unsigned, unsigned>> seen;
    for (const Device& each : view.devices) {
        const auto facts = view.hypervisor->domain(each.dvm);
        if (!facts || each.gvm_name.empty() || !seen.insert({each.gvm, each.dvm}).second) continue;
        frames[each.gvm] += facts->grant_frames_max;
        names[each.gvm] = each.gvm_name;
    }
    for (const auto& [gvm, total] : frames) check_gvm(view, gvm, names[gvm], total, report);
}

void check_gvm_types(const View& view, Reporter& report) {
    std::map<unsigned, std::string> gvms;
    for (const Device& each : view.devices) gvms[each.gvm] = each.gvm_name;
    for (const auto& [id, name] : gvms) {
        const auto facts = view.hypervisor ? view.hypervisor->domain(id) : std::nullopt;
        if (!facts) continue;
        const std::string found = "GVM " + printable(name) +
                                  (facts->type == "HVM" ? " is an " : " is a ") + facts->type +
                                  " guest.";
        if (facts->type == "HVM") report.ok(found);
        if (facts->type == "PV") {
            report.warning(found,
                           "Use HVM (xl-configs/gvm-hvm.cfg): a PV guest's mapped pages "
                           "cannot be imported by GPU drivers, and are copied.");
        }
        if (facts->type == "PVH") {
            report.problem(found, "Use HVM: a PVH guest can be given no PCI device.");
        }
    }
}

}  // namespace

const std::vector<Check>& device_checks() {
    static const std::vector<Check> checks = {
        {"devices", kDom0, check_devices},   {"states", kDom0, check_states},
        {"tuning", kDom0, check_tuning},     {"grant-frames", kDom0, check_grants},
        {"maptrack", kDom0, check_maptrack}, {"gvm-type", kDom0, check_gvm_types}};
    return checks;
}

}  // namespace vgpu::gvmctl
