// The toolstack's part of transport/xen/vgpuif.h.
#include "gvmctl/attach.h"

#include "gvmctl/device.h"
#include "gvmctl/grants.h"
#include "gvmctl/tune.h"
#include "transport/xen/tuning.h"

namespace vgpu::gvmctl {

namespace {

using transport::xen::in_quotes;

std::string described(const Device& device) {
    return "device " + std::to_string(device.number) + " of " + printable(device.dvm_name) + " (" +
           std::to_string(device.dvm) + ")";
}

// As the first word of a sentence.
std::string at_start(std::string text) {
    text[0] = 'D';
    return text;
}

void check_is_free(const Xenstore& store, const Device& device) {
    for (const Device& each : all_devices(store)) {
        if (each.dvm != device.dvm || each.number != device.number) continue;
        throw AlreadyAttached(at_start(described(device)) + " is attached already, to " +
                                  (each.gvm_name.empty() ? "a GVM that is gone" : each.gvm_name) +
                                  " (" + std::to_string(each.gvm) + ").",
                              "Detach it before: gvmctl detach " + device.dvm_name);
    }
}

void make_frontend(Xenstore& store, const Device& device, std::uint32_t grant_frames_max) {
    const std::string path = device.frontend();
    store.make(path, device.dvm, device.gvm);
    store.write(path + "/backend", device.backend());
    store.write(path + "/backend-id", std::to_string(device.gvm));
    store.write(path + "/grant-frames-max", std::to_string(grant_frames_max));
    store.write(path + "/state", "1");
}

void make_backend(Xenstore& store, const Device& device, const std::vector<Setting>& settings) {
    const std::string path = device.backend();
    store.make(path, device.gvm, device.dvm);
    store.write(path + "/frontend", device.frontend());
    store.write(path + "/frontend-id", std::to_string(device.dvm));
    store.write(path + "/online", "1");
    for (const auto& [key, value] : settings) store.write(path + "/" + key, value);
    store.write(path + "/state", "1");
}

Device name_device(const Xenstore& store, const AttachRequest& request) {
    const Domain dvm = need_domain(store, request.dvm);
    const auto gvm = find_domain(store, request.gvm);
    if (!gvm) {
        throw SetupError("There is no GVM " + in_quotes(request.gvm) + ".",
                         "Start it with xl create, or name another: gvmctl attach " +
                             printable(request.dvm) + " --gvm NAME");
    }
    if (dvm.id == gvm->id || dvm.id == 0) {
        throw SetupError(printable(dvm.name) + " cannot be its own DVM, and dom0 cannot be one.",
                         "Name a guest without a GPU.");
    }
    return {dvm.id, gvm->id, request.number, dvm.name, gvm->name};
}

// Asked of the hypervisor, as the DVM itself cannot.
std::uint32_t grant_frames_of(const Hypervisor& hypervisor, const Device& device) {
    const auto facts = hypervisor.domain(device.dvm);
    if (facts && facts->grant_frames_max) return facts->grant_frames_max;
    throw SetupError("The hypervisor does not say how much domain " + std::to_string(device.dvm) +
                         " may share: it is starting or ending.",
                     "Try again when `xl list` shows it running.");
}

void remove_both(Xenstore& store, const Device& device) {
    store.transact([&] {
        store.remove(device.frontend());
        store.remove(device.backend());
        // The folder of a DVM without devices says nothing.
        const std::string folder = device.backend().substr(0, device.backend().rfind('/'));
        if (store.list(folder).empty()) store.remove(folder);
    });
}

// A back end that has never begun (Initialising) has nothing to end.
bool ends_by_itself(Xenstore& store, const Device& device, std::chrono::milliseconds timeout) {
    const std::string state = device.backend() + "/state";
    if (store.read(state).value_or("1") == "1") return true;
    store.write(device.backend() + "/online", "0");
    return store.wait_for({device.backend()}, timeout, [&] {
        const auto now = store.read(state);
        return !now || *now == "6";
    });
}

}  // namespace

Answer attach(Xenstore& store, const Hypervisor& hypervisor, const AttachRequest& request) {
    check_settings(request.settings);
    const Device device = name_device(store, request);
    const std::uint32_t frames = grant_frames_of(hypervisor, device);
    store.transact([&] {
        check_is_free(store, device);
        make_frontend(store, device, frames);
        make_backend(store, device, request.settings);
    });
    const std::string text = at_start(described(device)) + " is attached to " +
                             printable(device.gvm_name) + " (" + std::to_string(device.gvm) +
                             "). It has " + std::to_string(frames) +
                             " grant frames: " + std::to_string(mib_of_grant_frames(frames)) +
                             " MiB can be shared at most.\n";
    return {{{"dvm", printable(device.dvm_name)},
             {"dvm_id", device.dvm},
             {"gvm", printable(device.gvm_name)},
             {"gvm_id", device.gvm},
             {"device", device.number},
             {"frontend", device.frontend()},
             {"backend", device.backend()},
             {"grant_frames_max", frames}},
            text};
}

Answer detach(Xenstore& store, const DetachRequest& request) {
    const Device device = need_device(store, request.dvm, request.number);
    // Nobody is left to close the back end of a GVM that is gone.
    const bool wait = !request.force && !device.gvm_name.empty();
    if (wait && !ends_by_itself(store, device, request.timeout)) {
        throw SetupError(
            "The back end of " + described(device) + " does not close within " +
                std::to_string(request.timeout.count() / 1000) + " s: its state is " +
                state_name(store.read(device.backend() + "/state").value_or("")) +
                ". It stays told to close, and takes no new contexts.",
            "See gvm-gpud's log in the GVM, or remove the device at once: gvmctl detach --force " +
                printable(request.dvm));
    }
    remove_both(store, device);
    return {{{"dvm", printable(device.dvm_name)},
             {"dvm_id", device.dvm},
             {"device", device.number},
             {"closed", wait}},
            at_start(described(device)) + " is detached.\n"};
}

}  // namespace vgpu::gvmctl
