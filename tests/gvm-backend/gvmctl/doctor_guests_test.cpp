// Each thing that can be wrong with a GVM or a DVM is found inside it, without dom0's rights.
#include <cerrno>

#include "gvmctl/doctor/doctor.h"
#include "healthy.h"
#include "tests/catch.h"

using namespace vgpu::gvmctl;
namespace fake = vgpu::fake;

namespace {

constexpr const char* kBoot = "/boot/config-6.1.0-30-amd64";

const std::vector<Ailment<HealthyGvm>>& gvm_ailments() {
    using Host = HealthyGvm;
    static const std::vector<Ailment<Host>> all = {
        {[](Host& h) { h.machine.files["/sys/hypervisor/guest_type"] = "PV\n"; },
         "warning  guest-type: This is a PV guest.", "HVM"},
        {[](Host& h) { h.machine.files["/sys/hypervisor/guest_type"] = "PVH\n"; },
         "problem  guest-type: This is a PVH guest.", "HVM"},
        {[](Host& h) { h.machine.files.erase("/sys/hypervisor/guest_type"); },
         "warning  guest-type: The kernel does not say", "5.4"},
        {[](Host& h) { h.machine.files[kBoot] = "CONFIG_XEN_DEV_EVTCHN=m\nCONFIG_XEN_GNTDEV=y\n"; },
         "warning  kernel: CONFIG_XEN_GNTDEV_DMABUF is off", "kernel with"},
        {[](Host& h) { h.machine.files[kBoot] = "# CONFIG_XEN_GNTDEV is not set\n"; },
         "problem  kernel: CONFIG_XEN_GNTDEV is off", "kernel with"},
        {[](Host& h) { h.machine.files.erase(kBoot); },
         "warning  kernel: The kernel's options are not to be found", "/boot/config"},
        {[](Host& h) {
             h.machine.files.erase(kBoot);
             h.machine.commands["zcat /proc/config.gz"] = {0, "CONFIG_XEN_GNTDEV=y\n"};
         },
         "ok       kernel: The kernel has CONFIG_XEN_GNTDEV.", ""},
        {[](Host& h) {
             h.machine.files.erase("/sys/module/xen_gntdev/parameters/limit");
             h.machine.nodes.erase("/dev/xen/gntdev");
         },
         "problem  modules: The module xen_gntdev is not loaded", "modprobe xen_gntdev"},
        {[](Host& h) { h.machine.files["/sys/module/xen_gntdev/parameters/limit"] = "65536\n"; },
         "warning  module-limits: xen_gntdev maps at most 65536 pages",
         "options xen-gntdev limit=262144"},
        {[](Host& h) { h.machine.nodes["/dev/xen/gntdev"].mode = 0666; },
         "problem  xen-nodes: /dev/xen/gntdev is open to others than root", "chmod 600"},
        {[](Host& h) { h.machine.nodes["/dev/xen/evtchn"].owner = 1000; },
         "problem  xen-nodes: /dev/xen/evtchn is open to others than root", "chown root"},
        {[](Host& h) { h.machine.nodes.erase("/dev/xen/xenbus"); },
         "problem  xen-nodes: There is no device /dev/xen/xenbus", "modules"},
        {[](Host& h) { h.machine.files["/proc/812/comm"] = "gvm-gpu-worker\n"; },
         "problem  daemon: gvm-gpud does not run", "systemctl enable --now gvm-gpud"},
        {[](Host&) { fake::write_node(kBackend + "/state", "2"); },
         "warning  connection: Device 0 of domain 5 is InitWait", "Connected"},
        {[](Host&) { fake::write_node(kBackend + "/error", "No GPU. Install one."); },
         "problem  connection: Device 0 of domain 5 is Connected. No GPU. Install one.", ""},
        {[](Host&) { fake::remove_node("/local/domain/3/backend/vgpu"); },
         "problem  connection: This domain has no vgpu device", "gvmctl attach DVM"},
        {[](Host& h) { h.machine.files["/etc/passwd"] = "root:x:0:0::/root:/bin/sh\n"; },
         "warning  worker-user: There is no user xen-vgpu", "systemd-sysusers"},
        {[](Host& h) { h.machine.nodes.erase("/dev/dri/renderD128"); },
         "warning  gpu: There is no /dev/dri/renderD*", "pci = ["},
        {[](Host& h) { h.machine.commands.erase("gvm-gpud --probe"); },
         "problem  driver: There is no program gvm-gpud", "Install xen-vgpu"},
        {[](Host& h) {
             h.machine.commands["gvm-gpud --probe"] = {1, ""};
         },
         "problem  driver: No Vulkan driver works here", "mesa-vulkan-drivers"},
        {[](Host& h) {
             h.machine.commands["gvm-gpud --probe"] = {
                 0, "A line of the log.\nVulkan loader\nllvmpipe (LLVM 15)\n  type: cpu\n"};
         },
         "warning  driver: Vulkan finds only llvmpipe", "driver"},
        {[](Host& h) {
             h.machine.nodes.erase("/dev/dri/renderD128");
             h.machine.commands["gvm-gpud --probe"] = {
                 0, "A line of the log.\nVulkan loader\nllvmpipe (LLVM 15)\n  type: cpu\n"};
         },
         "ok       driver: Vulkan finds llvmpipe (LLVM 15).", ""},
        {[](Host&) { fake::set_xenstore_running(false); },
         "problem  xenstore: Xenstore cannot be reached", "Xen host"},
    };
    return all;
}

constexpr const char* kManifest = "/usr/share/vulkan/icd.d/xvgpu_icd.x86_64.json";
constexpr const char* kSocket = "/run/xen-vgpu/gpud.sock";

const std::vector<Ailment<HealthyDvm>>& dvm_ailments() {
    using Host = HealthyDvm;
    static const std::vector<Ailment<Host>> all = {
        {[](Host& h) { h.machine.files[kBoot] = "CONFIG_XEN_DEV_EVTCHN=m\n"; },
         "problem  kernel: CONFIG_XEN_GRANT_DEV_ALLOC is off", "kernel with"},
        {[](Host& h) {
             h.machine.files.erase("/sys/module/xen_gntalloc/parameters/limit");
             h.machine.nodes.erase("/dev/xen/gntalloc");
         },
         "problem  modules: The module xen_gntalloc is not loaded", "modprobe xen_gntalloc"},
        {[](Host& h) { h.machine.files["/sys/module/xen_gntalloc/parameters/limit"] = "1024\n"; },
         "warning  module-limits: xen_gntalloc shares at most 1024 pages; this domain has 307200",
         "limit=307200"},
        {[](Host& h) { h.machine.files["/sys/module/xen_gntalloc/parameters/limit"] = "305152\n"; },
         "ok       module-limits: xen_gntalloc shares at most 305152 pages", ""},
        {[](Host& h) { h.machine.files["/sys/module/xen_gntalloc/parameters/limit"] = "209\n"; },
         "problem  module-limits: xen_gntalloc shares at most 209 pages", "limit=307200"},
        {[](Host& h) { h.machine.nodes["/dev/xen/gntalloc"].mode = 0660; },
         "problem  xen-nodes: /dev/xen/gntalloc is open to others", "chmod 600"},
        {[](Host& h) { h.machine.files.erase("/proc/400/comm"); },
         "problem  daemon: dvm-gpud does not run", "systemctl enable --now dvm-gpud"},
        {[](Host&) { fake::write_node(kFrontend + "/state", "1"); },
         "warning  connection: Device 0 here is Initialising", "daemons"},
        {[](Host&) { fake::write_node(kFrontend + "/error", "No grants are left."); },
         "problem  connection: Device 0 here is Connected. No grants are left.", ""},
        {[](Host&) { fake::remove_node("/local/domain/5/device/vgpu"); },
         "problem  connection: This domain has no vgpu device", "gvmctl attach DVM"},
        {[](Host& h) { h.machine.files.erase(kManifest); },
         "problem  icd: The Vulkan loader finds no xvgpu_icd.x86_64.json", "Install"},
        {[](Host& h) { h.machine.files[kManifest] = "{\"ICD\": {\"library_pa"; },
         "problem  icd: " + std::string(kManifest) + " is no manifest", "again"},
        {[](Host& h) { h.machine.files[kManifest] = "{\"ICD\": {\"library_path\": 3}}"; },
         "problem  icd: " + std::string(kManifest) + " is no manifest", "again"},
        {[](Host& h) { h.machine.files.erase("/usr/lib/libvulkan_dvm.so"); },
         "problem  icd: " + std::string(kManifest) + " names /usr/lib/libvulkan_dvm.so", "again"},
        {[](Host& h) { h.machine.nodes.erase(kSocket); },
         "problem  socket: There is no socket " + std::string(kSocket), "systemctl start dvm-gpud"},
        {[](Host& h) { h.machine.nodes[kSocket].mode = 0600; },
         "warning  socket: " + std::string(kSocket) + " is not open", "write"},
        {[](Host&) { fake::set_xenstore_running(false); },
         "problem  xenstore: Xenstore cannot be reached", "Xen host"},
    };
    return all;
}

template <typename Host>
void check_healthy(unsigned domain, const std::string& last_line) {
    const Host host;
    const fake::InDomain in(domain);
    // What libxenctrl says in a guest: nothing that doctor may depend on.
    fake::fail_hypervisor(EPERM, EPERM);
    const Outcome outcome = host.gvmctl({"doctor"});
    INFO(outcome.all());
    CHECK(outcome.status == 0);
    CHECK(contains(outcome.out, last_line));
    CHECK(fake::open_things().handles == 0);
}

}  // namespace

TEST_CASE("a healthy GVM has neither problems nor warnings") {
    check_healthy<HealthyGvm>(3, "In gvm: ok 13, warnings 0, problems 0.");
}

TEST_CASE("a healthy DVM has neither problems nor warnings") {
    check_healthy<HealthyDvm>(5, "In dvm: ok 12, warnings 0, problems 0.");
}

TEST_CASE("each ailment of a GVM is found, with its values and its remedy") {
    for (const auto& each : gvm_ailments()) check_ailment(each, 3);
}

TEST_CASE("each ailment of a DVM is found, with its values and its remedy") {
    for (const auto& each : dvm_ailments()) check_ailment(each, 5);
}

TEST_CASE("a guest without a device is what is installed in it") {
    HealthyGvm gvm;
    fake::remove_node("/local/domain/3/backend/vgpu");
    {
        const fake::InDomain in(3);
        CHECK(contains(gvm.gvmctl({"doctor"}).out, "In gvm: "));
    }
    HealthyDvm dvm;
    fake::remove_node("/local/domain/5/device/vgpu");
    const fake::InDomain in(5);
    CHECK(contains(dvm.gvmctl({"doctor"}).out, "In dvm: "));
    CHECK(contains(dvm.gvmctl({"doctor", "--as", "gvm"}).out, "In gvm: "));
}

TEST_CASE("doctor outside Xen says that this is no Xen host") {
    FakeHost host;
    fake::set_xenstore_running(false);
    const Outcome outcome = host.gvmctl({"doctor"});
    CHECK(outcome.status == 1);
    CHECK(contains(outcome.error, "no domain of a Xen host"));
    CHECK(contains(outcome.error, "gvm-gpud --probe"));
}
