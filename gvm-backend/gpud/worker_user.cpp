// Looks users and groups up.
#include "gpud/worker_user.h"

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "base/setup_error.h"

namespace vgpu::gpud {

namespace {

void add_group(std::vector<gid_t>& groups, gid_t group) {
    // The group of root opens too much.
    if (group != 0 && std::find(groups.begin(), groups.end(), group) == groups.end()) {
        groups.push_back(group);
    }
}

void add_device_groups(std::vector<gid_t>& groups, const std::string& render_node) {
    for (const char* name : {"render", "video"}) {
        if (const struct group* found = ::getgrnam(name)) add_group(groups, found->gr_gid);
    }
    struct stat status;
    if (!render_node.empty() && ::stat(render_node.c_str(), &status) == 0) {
        add_group(groups, status.st_gid);
    }
}

const passwd* find_user(const std::string& asked) {
    if (!asked.empty()) {
        const passwd* user = ::getpwnam(asked.c_str());
        if (user == nullptr || user->pw_uid == 0) {
            throw SetupError("Workers cannot run as \"" + asked +
                                 "\": there is no such user, or "
                                 "it is root.",
                             "Make one with `useradd --system " + asked + "`.");
        }
        return user;
    }
    const passwd* user = ::getpwnam("xen-vgpu");
    return user != nullptr ? user : ::getpwnam("nobody");
}

// "/dev/nvidia0", or "": NVIDIA's driver numbers its GPUs in its own way.
std::string nvidia_node(const std::string& driver_info, const std::string& pci_address) {
    std::ifstream information(driver_info + "/" + pci_address + "/information");
    for (std::string line; std::getline(information, line);) {
        const std::size_t colon = line.find(':');
        if (line.compare(0, 12, "Device Minor") != 0 || colon == line.npos) continue;
        const std::size_t number = line.find_first_of("0123456789", colon);
        if (number != line.npos) return "/dev/nvidia" + line.substr(number);
    }
    return {};
}

}  // namespace

std::vector<std::string> nodes_of(const worker::HostGpu& gpu, const std::string& driver_info) {
    constexpr std::uint32_t kNvidia = 0x10de;
    std::vector<std::string> nodes;
    if (gpu.identity.pci_address.empty()) return nodes;
    const std::string nvidia = nvidia_node(driver_info, gpu.identity.pci_address);
    if (!nvidia.empty()) nodes.push_back(nvidia);
    // With that driver the render node alone is not enough.
    const bool unknown = nvidia.empty() && gpu.identity.vendor_id == kNvidia &&
                         gpu.driver.compare(0, 6, "NVIDIA") == 0;
    if (gpu.render_node.empty() || unknown) return {};
    nodes.push_back(gpu.render_node);
    return nodes;
}

void choose_worker_user(const std::string& asked, const std::string& render_node,
                        worker::JailOptions& jail) {
    if (::geteuid() != 0) {
        if (asked.empty()) return;
        throw SetupError("Only root can let workers run as \"" + asked + "\".",
                         "Start gvm-gpud as root, or without --worker-user.");
    }
    const passwd* user = find_user(asked);
    if (user == nullptr) return;
    jail.change_user = true;
    jail.uid = user->pw_uid;
    jail.gid = user->pw_gid;
    add_device_groups(jail.groups, render_node);
}

}  // namespace vgpu::gpud
