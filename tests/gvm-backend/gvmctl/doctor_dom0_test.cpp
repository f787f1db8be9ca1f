// Each thing that can be wrong with a host is found in dom0, named with its values and its remedy.
#include <cerrno>

#include "healthy.h"
#include "tests/catch.h"

using namespace vgpu::gvmctl;
namespace fake = vgpu::fake;

namespace {

using Host = HealthyDom0;

void set_info(Host& host, const std::string& line, const std::string& caps = "hvm_directio") {
    host.machine.commands["xl info"] = {
        0, "xen_version : 4.17.5\nvirt_caps : " + caps + "\nxen_commandline : " + line + "\n"};
}

const std::vector<Ailment<Host>>& ailments() {
    static const std::vector<Ailment<Host>> all = {
        {[](Host& h) { h.machine.commands.erase("xl info"); },
         "problem  toolstack: There is no program xl.", "xen-utils"},
        {[](Host& h) {
             h.machine.commands["xl info"] = {1, "libxl: \x1b error\n"};
         },
         "problem  toolstack: xl info fails: libxl: ? error", "xenstored"},
        {[](Host& h) {
             h.machine.commands["xl dmesg"] = {0, "(XEN) Initialising XSM SILO mode\n"};
         },
         "problem  silo: Xen runs in SILO mode", "xsm=dummy"},
        {[](Host& h) { set_info(h, "xsm=silo"); }, "problem  silo: Xen runs in SILO mode",
         "xsm=dummy"},
        {[](Host& h) { set_info(h, "xsm=flask"); }, "warning  silo: Xen runs with a FLASK policy",
         "grants"},
        {[](Host& h) { set_info(h, ""); }, "warning  xen-limits: gnttab_max_frames is 64",
         "gnttab_max_frames=1024"},
        {[](Host& h) { set_info(h, "gnttab_max_frames=512 gnttab_max_frames=32"); },
         "warning  xen-limits: gnttab_max_frames is 32", "gnttab_max_frames=1024"},
        {[](Host& h) { set_info(h, "gnttab_max_frames=1024"); },
         "warning  xen-limits: gnttab_max_maptrack_frames is 1024",
         "gnttab_max_maptrack_frames=8192"},
        {[](Host& h) { set_info(h, "", "pv hvm hap"); },
         "problem  iommu: Xen uses no IOMMU (pv hvm hap)", "iommu=on"},
        {[](Host&) { fake::remove_node("/local/domain/0/backend/pci"); },
         "warning  passthrough: GVM gvm has no PCI device", "pci = ["},
        {[](Host& h) {
             h.gvmctl({"detach", "dvm", "--force"});
         },
         "warning  passthrough: No PCI device can be assigned", "xl pci-assignable-add"},
        {[](Host& h) {
             h.gvmctl({"detach", "dvm", "--force"});
         },
         "warning  devices: No domain has a vgpu device", "gvmctl attach DVM"},
        {[](Host& h) {
             h.gvmctl({"detach", "dvm", "--force"});
             h.machine.commands["xl pci-assignable-list"] = {0, "0000:01:00.0\n"};
         },
         "ok       passthrough: PCI devices can be assigned: 0000:01:00.0", ""},
        {[](Host&) { fake::set_permissions_of(kFrontend, "n5,r3,r7"); },
         "problem  devices: " + kFrontend + " has the permissions n5,r3,r7, not n5,r3",
         "gvmctl detach --force 5 && gvmctl attach dvm"},
        {[](Host&) { fake::set_permissions_of(kBackend, "r3,r5"); },
         "problem  devices: " + kBackend + " has the permissions r3,r5, not n3,r5", "attach dvm"},
        {[](Host&) { fake::remove_node(kFrontend); },
         "problem  devices: Device 0 of dvm (5) lacks its directory " + kFrontend, "attach dvm"},
        {[](Host&) { fake::remove_node(kBackend); },
         "problem  devices: Device 0 of dvm (5) lacks its directory " + kBackend, "attach dvm"},
        {[](Host&) { fake::remove_domain(5); },
         "warning  devices: Device 0 of a domain that is gone (5) is left over",
         "gvmctl detach --force 5"},
        {[](Host&) { fake::remove_domain(3); },
         "warning  devices: Device 0 of dvm (5) is left over: the GVM is gone",
         "gvmctl detach --force 5"},
        {[](Host&) { fake::write_node(kBackend + "/state", "1"); },
         "problem  states: Device 0 of dvm (5): waits for gvm-gpud", "systemctl start gvm-gpud"},
        {[](Host&) { fake::write_node(kBackend + "/state", "2"); },
         "warning  states: Device 0 of dvm (5): waits for dvm-gpud", "systemctl start dvm-gpud"},
        {[](Host&) { fake::write_node(kBackend + "/state", "6"); },
         "warning  states: Device 0 of dvm (5): closed", "logs"},
        {[](Host&) { fake::write_node(kBackend + "/error", "No GPU. Install one."); },
         "problem  states: Device 0 of dvm (5) says: No GPU. Install one.", ""},
        {[](Host&) { fake::write_node(kFrontend + "/error", "No\x1b grants."); },
         "problem  states: Device 0 of dvm (5) says: No? grants.", ""},
        {[](Host&) { fake::write_node(kBackend + "/contexts-max", "0"); },
         "problem  tuning: Device 0 of dvm (5): contexts-max cannot be \"0\"", "contexts-max="},
        {[](Host&) { fake::add_hypervisor_domain(5, "PVH", 64); },
         "problem  grant-frames: DVM dvm (PVH) may have 64 grant frames: 128 MiB can be shared. "
         "Its node grant-frames-max says 600",
         "anew"},
        {[](Host&) {
             fake::add_hypervisor_domain(5, "PVH", 64);
             fake::remove_node(kFrontend + "/grant-frames-max");
         },
         "warning  grant-frames: DVM dvm (PVH) may have 64 grant frames", "max_grant_frames"},
        {[](Host& h) { h.machine.commands.erase("xl list -l gvm"); },
         "warning  maptrack: GVM gvm (HVM) may have 1024 maptrack frames; its DVMs can share 1200 "
         "MiB, which takes 1200",
         "max_maptrack_frames=1200"},
        {[](Host& h) {
             h.machine.commands["xl list -l gvm"] = {0, "[{\"config\": 3}"};
         },
         "warning  maptrack: GVM gvm (HVM) may have 1024", "max_maptrack_frames=1200"},
        {[](Host& h) {
             h.machine.commands["xl list -l gvm"] = {
                 0, R"([{"config":{"b_info":{"max_maptrack_frames":4294967295}}}])"};
         },
         "warning  maptrack: GVM gvm (HVM) may have 1024", "max_maptrack_frames=1200"},
        {[](Host& h) {
             fake::add_hypervisor_domain(3, "PV", 64);
             h.machine.commands["xl list -l gvm"] = {
                 0, R"([{"config":{"b_info":{"max_maptrack_frames":2048}}}])"};
         },
         "warning  maptrack: GVM gvm (PV) may have 2048", "max_maptrack_frames=2400"},
        {[](Host&) { fake::add_hypervisor_domain(3, "PV", 64); },
         "warning  gvm-type: GVM gvm is a PV guest", "HVM"},
        {[](Host&) { fake::add_hypervisor_domain(3, "PVH", 64); },
         "problem  gvm-type: GVM gvm is a PVH guest", "HVM"},
        {[](Host&) { fake::fail_hypervisor(EPERM, 0); },
         "problem  hypervisor: The hypervisor cannot be asked: Operation not permitted", ""},
        {[](Host&) { fake::fail_hypervisor(0, EPERM); },
         "problem  grant-frames: The hypervisor tells nothing of domain 5", ""},
        {[](Host&) { fake::set_xenstore_running(false); },
         "problem  xenstore: Xenstore cannot be reached: Connection refused", "xenstored"},
        {[](Host&) {
             fake::fail({"xs_directory", EIO, "", 0, 1000});
         },
         "problem  xenstore: Xenstore does not list /local/domain: Input/output error", ""},
    };
    return all;
}

}  // namespace

TEST_CASE("a healthy host has neither problems nor warnings") {
    const HealthyDom0 host;
    const Outcome outcome = host.gvmctl({"doctor"});
    INFO(outcome.out);
    CHECK(outcome.status == 0);
    CHECK(contains(outcome.out, "In dom0: ok 12, warnings 0, problems 0."));
    CHECK(fake::open_things().handles == 0);
    CHECK(fake::open_hypervisors() == 0);
}

TEST_CASE("each ailment of a host is found, with its values and its remedy") {
    for (const auto& each : ailments()) check_ailment(each, 0);
}

TEST_CASE("every check of dom0 has an ailment that it finds") {
    HealthyDom0 host;
    const std::string text = host.gvmctl({"doctor"}).out;
    for (const char* check : {"toolstack", "silo", "xen-limits", "iommu", "passthrough", "devices",
                              "states", "tuning", "grant-frames", "maptrack", "gvm-type"}) {
        INFO(check);
        CHECK(contains(text, std::string("ok       ") + check + ": "));
        bool ill = false;
        for (const auto& each : ailments()) ill |= contains(each.line, std::string(check) + ": ");
        CHECK(ill);
    }
}
