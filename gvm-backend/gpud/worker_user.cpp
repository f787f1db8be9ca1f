// Looks users and groups up.
#include "gpud/worker_user.h"

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

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

}  // namespace

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
