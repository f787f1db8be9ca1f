// Healthy machines, as Debian 12 on Xen 4.17 shows itself.
#include "healthy.h"

#include <nlohmann/json.hpp>

#include "tests/catch.h"

namespace vgpu::gvmctl {

namespace {

constexpr FileFacts kRootsNode{FileFacts::Kind::Character, 0600, 0};

void connect_device() {
    fake::write_node(kFrontend + "/state", "4");
    fake::write_node(kBackend + "/state", "4");
}

void add_guest(FakeMachine& machine, const std::string& type, const std::string& options) {
    machine.files["/proc/xen/capabilities"] = "";
    machine.files["/sys/hypervisor/type"] = "xen\n";
    machine.files["/sys/hypervisor/guest_type"] = type + "\n";
    machine.files["/proc/sys/kernel/osrelease"] = "6.1.0-30-amd64\n";
    machine.files["/boot/config-6.1.0-30-amd64"] = "CONFIG_XEN_DEV_EVTCHN=m\n" + options;
    machine.files["/sys/module/xen_evtchn/refcnt"] = "0\n";
    machine.nodes["/dev/xen/xenbus"] = kRootsNode;
    machine.nodes["/dev/xen/evtchn"] = kRootsNode;
}

}  // namespace

HealthyDom0::HealthyDom0() {
    gvmctl({"attach", "dvm"});
    connect_device();
    machine.files["/proc/xen/capabilities"] = "control_d\n";
    machine.commands["xl info"] = {
        0,
        "host                   : lab\n"
        "xen_version            : 4.17.5\n"
        "virt_caps              : pv hvm hvm_directio pv_directio hap\n"
        "xen_commandline        : placeholder iommu=on gnttab_max_frames=1024 "
        "gnttab_max_maptrack_frames=8192\n"};
    machine.commands["xl dmesg"] = {0,
                                    "(XEN) Xen version 4.17.5\n(XEN) I/O virtualisation enabled\n"};
    machine.commands["xl list -l gvm"] = {
        0, R"([{"domid":3,"config":{"b_info":{"max_maptrack_frames":4096}}}])"};
    fake::write_node("/local/domain/0/backend/pci/3/0/dev-0", "0000:01:00.0");
}

HealthyGvm::HealthyGvm() {
    gvmctl({"attach", "dvm"});
    connect_device();
    add_guest(machine, "HVM", "CONFIG_XEN_GNTDEV=m\nCONFIG_XEN_GNTDEV_DMABUF=y\n");
    machine.files["/sys/module/xen_gntdev/parameters/limit"] = "262144\n";
    machine.nodes["/dev/xen/gntdev"] = kRootsNode;
    machine.nodes["/dev/dri/renderD128"] = {FileFacts::Kind::Character, 0660, 0};
    machine.files["/proc/812/comm"] = "gvm-gpud\n";
    machine.files["/etc/passwd"] = "root:x:0:0::/root:/bin/sh\nxen-vgpu:x:990:990::/:/bin/false\n";
    machine.files["/usr/sbin/gvm-gpud"] = "";
    machine.commands["gvm-gpud --probe"] = {
        0,
        "Vulkan loader: 1.3.239, 23 instance extensions\nAMD Radeon RX 6600\n  type: discrete\n"};
}

HealthyDvm::HealthyDvm() {
    gvmctl({"attach", "dvm"});
    connect_device();
    add_guest(machine, "PVH", "CONFIG_XEN_GRANT_DEV_ALLOC=m\n");
    machine.files["/sys/module/xen_gntalloc/parameters/limit"] = "307200\n";
    machine.nodes["/dev/xen/gntalloc"] = kRootsNode;
    machine.files["/proc/400/comm"] = "dvm-gpud\n";
    machine.files["/usr/sbin/dvm-gpud"] = "";
    machine.files["/usr/share/vulkan/icd.d/xvgpu_icd.x86_64.json"] =
        R"({"ICD":{"library_path":"/usr/lib/libvulkan_dvm.so"}})";
    machine.files["/usr/lib/libvulkan_dvm.so"] = "";
    machine.nodes["/run/xen-vgpu/gpud.sock"] = {FileFacts::Kind::Socket, 0666, 0};
}

std::string line_of(const std::string& text, const std::string& begin) {
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        if (text.compare(at, begin.size(), begin) == 0) return text.substr(at, end - at);
        at = end + 1;
    }
    return {};
}

void check_found(const Outcome& text, const Outcome& json, const std::string& line,
                 const std::string& remedy) {
    INFO("expected: " << line << "\n" << text.out << text.error);
    const std::string found = line_of(text.out, line);
    CHECK_FALSE(found.empty());
    CHECK(contains(found, remedy));
    const bool problem = contains(text.out, "problem  ");
    CHECK(text.status == (problem ? 1 : 0));
    CHECK(json.status == text.status);
    bool in_data = false;
    const auto data = nlohmann::json::parse(json.out);
    for (const auto& each : data.at("findings")) {
        std::string level = each.at("level");
        level.resize(9, ' ');
        const std::string whole = level + each.at("check").get<std::string>() + ": " +
                                  each.at("found").get<std::string>();
        in_data |= whole.compare(0, line.size(), line) == 0;
    }
    CHECK(in_data);
}

}  // namespace vgpu::gvmctl
