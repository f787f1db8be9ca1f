// Runs the checks and prints what they find.
#include "gvmctl/doctor/doctor.h"

#include <array>

#include "base/setup_error.h"

namespace vgpu::gvmctl {

namespace {

constexpr const char* kOwnBackends = "backend/vgpu";  // relative: of this domain
constexpr const char* kOwnDevices = "device/vgpu";

const char* name_of(Place place) {
    return place == Place::Dom0 ? "dom0" : place == Place::Gvm ? "gvm" : "dvm";
}

const char* name_of(Level level) {
    return level == Level::Ok ? "ok" : level == Level::Warning ? "warning" : "problem";
}

bool installed(const Machine& machine, const std::string& program) {
    return machine.facts("/usr/sbin/" + program) || machine.facts("/usr/local/sbin/" + program);
}

// What fails in opening one is a finding, not the end.
template <typename Thing>
std::unique_ptr<Thing> try_open(const char* check, std::vector<Finding>& findings) {
    try {
        return std::make_unique<Thing>();
    } catch (const SetupError& error) {
        Reporter(check, findings).problem(error.what(), "");
        return nullptr;
    }
}

unsigned own_domain(const Xenstore& store) {
    return parse_small_number(store.read("domid").value_or("")).value_or(0);
}

// A guest sees its own directories and no others'.
std::vector<Device> own_devices(const Xenstore& store, Place place) {
    std::vector<Device> devices;
    const unsigned own = own_domain(store);
    if (place == Place::Dvm) {
        for (const std::string& number : store.list(kOwnDevices)) {
            const std::string gvm =
                store.read(std::string(kOwnDevices) + "/" + number + "/backend-id").value_or("");
            devices.push_back({own, parse_small_number(gvm).value_or(0),
                               parse_small_number(number).value_or(0), "", ""});
        }
        return devices;
    }
    for (const std::string& dvm : store.list(kOwnBackends)) {
        for (const std::string& number : store.list(std::string(kOwnBackends) + "/" + dvm)) {
            devices.push_back({parse_small_number(dvm).value_or(0), own,
                               parse_small_number(number).value_or(0), "", ""});
        }
    }
    return devices;
}

void run_check(const Check& check, const View& view, std::vector<Finding>& findings) {
    Reporter report(check.name, findings);
    try {
        check.run(view, report);
    } catch (const SetupError& error) {
        report.problem(error.what(), "");
    }
}

std::vector<Finding> examine(const Machine& machine, Place place) {
    std::vector<Finding> findings;
    const auto store = try_open<Xenstore>("xenstore", findings);
    const auto hypervisor =
        place == Place::Dom0 ? try_open<Hypervisor>("hypervisor", findings) : nullptr;
    View view{place, machine, store.get(), hypervisor.get(), {}};
    try {
        if (store)
            view.devices = place == Place::Dom0 ? all_devices(*store) : own_devices(*store, place);
    } catch (const SetupError& error) {
        Reporter("xenstore", findings).problem(error.what(), "");
    }
    for (const auto* checks :
         {&host_checks(), &kernel_checks(), &guest_checks(), &device_checks()}) {
        for (const Check& each : *checks) {
            if (each.places & static_cast<unsigned>(place)) run_check(each, view, findings);
        }
    }
    return findings;
}

Answer report(Place place, const std::vector<Finding>& findings) {
    Answer answer{{{"place", name_of(place)}, {"findings", nlohmann::json::array()}}, ""};
    std::array<unsigned, 3> counts{};
    for (const Finding& each : findings) {
        ++counts[static_cast<unsigned>(each.level)];
        const std::string level = name_of(each.level);
        answer.data["findings"].push_back({{"level", level},
                                           {"check", each.check},
                                           {"found", each.found},
                                           {"remedy", each.remedy}});
        answer.text += level + std::string(9 - level.size(), ' ') + each.check + ": " + each.found +
                       (each.remedy.empty() ? "" : " Remedy: " + each.remedy) + "\n";
    }
    const unsigned problems = counts[2];
    answer.text += std::string("In ") + name_of(place) + ": ok " + std::to_string(counts[0]) +
                   ", warnings " + std::to_string(counts[1]) + ", problems " +
                   std::to_string(problems) + ".\n";
    answer.data["problems"] = problems;
    answer.status = problems ? 1 : 0;
    return answer;
}

}  // namespace

std::optional<Place> parse_place(const std::string& text) {
    for (const Place each : {Place::Dom0, Place::Gvm, Place::Dvm}) {
        if (text == name_of(each)) return each;
    }
    return std::nullopt;
}

std::optional<Place> find_place(const Machine& machine, const Xenstore* store) {
    const std::string capabilities = machine.file("/proc/xen/capabilities").value_or("");
    if (capabilities.find("control_d") != capabilities.npos) return Place::Dom0;
    if (machine.file("/sys/hypervisor/type").value_or("").compare(0, 3, "xen") != 0) return {};
    if (store && !store->list(kOwnBackends).empty()) return Place::Gvm;
    if (store && !store->list(kOwnDevices).empty()) return Place::Dvm;
    return installed(machine, "gvm-gpud") && !installed(machine, "dvm-gpud") ? Place::Gvm
                                                                             : Place::Dvm;
}

Answer doctor(const Machine& machine, std::optional<Place> place) {
    if (!place) {
        std::vector<Finding> ignored;
        const auto store = try_open<Xenstore>("", ignored);
        try {
            place = find_place(machine, store.get());
        } catch (const SetupError&) {
            place = find_place(machine, nullptr);
        }
    }
    if (place) return report(*place, examine(machine, *place));
    throw SetupError("This machine is no domain of a Xen host (/sys/hypervisor/type says nothing).",
                     "Run gvmctl doctor in dom0, in a GVM or in a DVM; in dom0, mount xenfs at "
                     "/proc/xen. The local transport needs no doctor: gvm-gpud --probe");
}

}  // namespace vgpu::gvmctl
