// xl makes the domain, attach its devices.
#include "gvmctl/create.h"

#include "base/setup_error.h"
#include "gvmctl/attach.h"
#include "gvmctl/device.h"
#include "gvmctl/xl_config.h"
#include "transport/xen/tuning.h"
#include "transport/xen/vgpuif.h"

namespace vgpu::gvmctl {

namespace {

using transport::xen::in_quotes;

XlConfig read_useful_config(const std::string& path) {
    XlConfig config = read_xl_config(path);
    if (config.name.empty()) {
        throw SetupError("The config file " + path + " has no key name.", "Add: name = \"dvm\"");
    }
    if (config.devices.empty()) {
        throw SetupError("The config file " + path + " has no key vgpu.",
                         "Add: vgpu = [ 'backend=gvm' ]");
    }
    return config;
}

void check_backends(const Xenstore& store, const XlConfig& config) {
    for (const VgpuSpec& each : config.devices) {
        if (find_domain(store, each.backend)) continue;
        throw SetupError("There is no GVM " + in_quotes(each.backend) + ".",
                         "Start it with xl create, or correct backend= in the key vgpu.");
    }
}

// gvmctl watch may have been faster: what is there is as good.
Answer attach_all(Xenstore& store, const Hypervisor& hypervisor, const XlConfig& config) {
    Answer all{nlohmann::json::array(), ""};
    for (unsigned i = 0; i < config.devices.size(); ++i) {
        const VgpuSpec& spec = config.devices[i];
        try {
            const Answer one =
                attach(store, hypervisor, {config.name, spec.backend, i, spec.settings});
            all.data.push_back(one.data);
            all.text += one.text;
        } catch (const AlreadyAttached& error) {
            all.data.push_back({{"device", i}, {"attached_already", true}});
            all.text += std::string(error.what()) + "\n";
        }
    }
    return all;
}

void xl(const Machine& machine, const std::vector<std::string>& arguments) {
    std::vector<std::string> command = {"xl"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    const CommandResult result = machine.run(command);
    if (result.status == 0) return;
    throw SetupError("xl " + arguments.front() + " fails with status " +
                         std::to_string(result.status) + ": " + result.output,
                     result.status == 127 ? "Install xen-utils." : "See /var/log/xen.");
}

void remove_left_over(Xenstore& store, const Device& device,
                      const std::function<void(const std::string&)>& say) {
    const Answer answer =
        detach(store, {std::to_string(device.dvm), device.number, device.gvm_name.empty()});
    say(answer.text);
}

bool has_device(const Xenstore& store, unsigned domain) {
    for (const Device& each : all_devices(store)) {
        if (each.dvm == domain) return true;
    }
    return false;
}

// gvm-gpud removes the device of a DVM that died, but may not remove the toolstack's folder of it.
void remove_empty_folders(Xenstore& store) {
    for (const std::string& gvm : store.list("/local/domain")) {
        const std::string root = "/local/domain/" + gvm + "/backend/" + transport::xen::kDeviceType;
        for (const std::string& dvm : store.list(root)) {
            const std::string folder = root + "/" + dvm;
            store.transact([&] {
                const bool lives = store.read("/local/domain/" + dvm).has_value();
                if (!lives && store.list(folder).empty()) store.remove(folder);
            });
        }
    }
}

}  // namespace

Answer create(Xenstore& store, const Hypervisor& hypervisor, const Machine& machine,
              const std::string& path) {
    const XlConfig config = read_useful_config(path);
    check_backends(store, config);
    if (find_domain(store, config.name)) {
        throw SetupError("Domain " + in_quotes(config.name) + " runs already.",
                         "Give it its device: gvmctl attach " + config.name + " --config " + path);
    }
    xl(machine, {"create", "-p", path});
    Answer answer;
    std::string failure;
    try {
        answer = attach_all(store, hypervisor, config);
    } catch (const SetupError& error) {
        failure = error.what();
    }
    xl(machine, {"unpause", config.name});
    if (failure.empty()) return answer;
    throw SetupError("Domain " + in_quotes(config.name) + " runs, but without its GPU: " + failure,
                     "Then: gvmctl attach " + config.name + " --config " + path);
}

Answer attach_config(Xenstore& store, const Hypervisor& hypervisor, const std::string& dvm,
                     const std::string& path) {
    XlConfig config = read_useful_config(path);
    config.name = dvm;
    return attach_all(store, hypervisor, config);
}

void keep_attached(Xenstore& store, const Hypervisor& hypervisor, const Machine& machine,
                   const std::vector<std::string>& folders,
                   const std::function<void(const std::string&)>& say) {
    const auto guarded = [&](const std::function<void()>& work) {
        try {
            work();
        } catch (const SetupError& error) {
            say(error.what());
        }
    };
    for (const Device& each : all_devices(store)) {
        if (!each.dvm_name.empty() && !each.gvm_name.empty()) continue;
        guarded([&] { remove_left_over(store, each, say); });
    }
    guarded([&] { remove_empty_folders(store); });
    for (const std::string& folder : folders) {
        for (const std::string& name : machine.folder(folder)) {
            if (name.size() < 4 || name.substr(name.size() - 4) != ".cfg") continue;
            guarded([&] {
                const XlConfig config = read_xl_config(folder + "/" + name);
                const auto domain = find_domain(store, config.name);
                if (config.devices.empty() || !domain || has_device(store, domain->id)) return;
                say(attach_all(store, hypervisor, config).text);
            });
        }
    }
}

}  // namespace vgpu::gvmctl
