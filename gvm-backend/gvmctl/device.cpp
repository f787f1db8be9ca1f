// Devices are found at both ends, so that one with half its nodes is seen too.
#include "gvmctl/device.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "base/setup_error.h"
#include "transport/xen/tuning.h"
#include "transport/xen/vgpuif.h"

namespace vgpu::gvmctl {

namespace {

using transport::xen::in_quotes;
using transport::xen::kDeviceType;

std::string home(unsigned domain) {
    return "/local/domain/" + std::to_string(domain);
}

std::string name_of(const std::vector<Domain>& domains, unsigned id) {
    for (const Domain& each : domains) {
        if (each.id == id) return each.name;
    }
    return {};
}

using Key = std::tuple<unsigned, unsigned, unsigned>;  // dvm, number, gvm

void add_of_backends(const Xenstore& store, const std::string& gvm, std::vector<Key>& keys) {
    const std::string folder = "/local/domain/" + gvm + "/backend/" + kDeviceType;
    for (const std::string& dvm : store.list(folder)) {
        for (const std::string& number : store.list(folder + "/" + dvm)) {
            const auto d = parse_small_number(dvm), n = parse_small_number(number),
                       g = parse_small_number(gvm);
            if (d && n && g) keys.emplace_back(*d, *n, *g);
        }
    }
}

void add_of_frontends(const Xenstore& store, const std::string& dvm, std::vector<Key>& keys) {
    const std::string folder = "/local/domain/" + dvm + "/device/" + kDeviceType;
    for (const std::string& number : store.list(folder)) {
        const auto gvm =
            parse_small_number(store.read(folder + "/" + number + "/backend-id").value_or(""));
        const auto d = parse_small_number(dvm), n = parse_small_number(number);
        // The DVM owns backend-id: it is believed only where no back end says better.
        const bool known = std::any_of(keys.begin(), keys.end(), [&](const Key& key) {
            return d == std::get<0>(key) && n == std::get<1>(key);
        });
        if (d && n && gvm && !known) keys.emplace_back(*d, *n, *gvm);
    }
}

std::string waits(const std::string& frontend, const std::string& backend) {
    if (backend == "1") return "waits for gvm-gpud in the GVM";
    if (backend == "2" && frontend == "3") return "connects";
    if (backend == "2") return "waits for dvm-gpud in the DVM";
    if (backend == "4" && frontend == "4") return "connected";
    if (backend == "4") return "the DVM is " + state_name(frontend);
    if (backend == "5") return "closes";
    if (backend == "6") return "closed";
    return "the GVM is " + state_name(backend) + ", the DVM " + state_name(frontend);
}

}  // namespace

std::string Device::frontend() const {
    return home(dvm) + "/device/" + kDeviceType + "/" + std::to_string(number);
}

std::string Device::backend() const {
    return home(gvm) + "/backend/" + kDeviceType + "/" + std::to_string(dvm) + "/" +
           std::to_string(number);
}

std::string printable(const std::string& text) {
    std::string result = text;
    for (char& c : result) {
        if (c < 0x20 || c >= 0x7f) c = '?';
    }
    return result;
}

std::vector<Device> all_devices(const Xenstore& store) {
    std::vector<Key> keys;
    const auto ids = store.list("/local/domain");
    for (const std::string& id : ids) add_of_backends(store, id, keys);
    for (const std::string& id : ids) add_of_frontends(store, id, keys);
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    const auto domains = all_domains(store);
    std::vector<Device> devices;
    for (const auto& [dvm, number, gvm] : keys) {
        devices.push_back({dvm, gvm, number, name_of(domains, dvm), name_of(domains, gvm)});
    }
    return devices;
}

std::vector<Device> devices_of(const Xenstore& store, const std::string& dvm) {
    const auto domain = find_domain(store, dvm);
    const auto id = domain ? std::optional(domain->id) : parse_small_number(dvm);
    std::vector<Device> devices;
    for (const Device& each : all_devices(store)) {
        if (id == each.dvm) devices.push_back(each);
    }
    if (!domain && devices.empty()) need_domain(store, dvm);  // says that there is none
    return devices;
}

Device need_device(const Xenstore& store, const std::string& dvm, unsigned number) {
    for (const Device& each : devices_of(store, dvm)) {
        if (each.number == number) return each;
    }
    throw SetupError(
        "Domain " + in_quotes(dvm) + " has no vgpu device " + std::to_string(number) + ".",
        "Attach one with: gvmctl attach " + printable(dvm));
}

std::string state_name(const std::string& state) {
    static const std::map<std::string, std::string> names = {
        {"0", "Unknown"},   {"1", "Initialising"}, {"2", "InitWait"}, {"3", "Initialised"},
        {"4", "Connected"}, {"5", "Closing"},      {"6", "Closed"}};
    if (state.empty()) return "without a state";
    const auto found = names.find(state);
    return found == names.end() ? "in no state (" + in_quotes(state) + ")" : found->second;
}

std::string condition(const Xenstore& store, const Device& device) {
    const std::string front = store.read(device.frontend() + "/state").value_or("");
    const std::string back = store.read(device.backend() + "/state").value_or("");
    const std::string online = store.read(device.backend() + "/online").value_or("");
    if (device.gvm_name.empty()) return "the GVM is gone";
    if (device.dvm_name.empty()) return "the DVM is gone";
    if (online == "0") return "detaches";
    return waits(front, back);
}

}  // namespace vgpu::gvmctl
