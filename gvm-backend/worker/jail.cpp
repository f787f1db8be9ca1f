// The steps into the jail, in the order in which each is still allowed.
#include "worker/jail.h"

#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <sstream>

#include "base/setup_error.h"
#include "worker/jail_files.h"
#include "worker/jail_filter.h"

namespace vgpu::worker {

namespace {

constexpr rlim_t kMaxDescriptors = 16384;

void check(bool worked, const char* what) {
    if (worked) return;
    throw SetupError(std::string("The jail cannot ") + what + " (" + std::strerror(errno) + ").",
                     "Start gvm-gpud as root, or, only to debug, with --no-jail.");
}

void limit_resources(const JailOptions& options) {
    const rlimit none{0, 0};
    check(::setrlimit(RLIMIT_CORE, &none) == 0, "forbid core dumps");
    rlimit files;
    check(::getrlimit(RLIMIT_NOFILE, &files) == 0, "read the limit of descriptors");
    files.rlim_max = std::min(files.rlim_max, kMaxDescriptors);
    files.rlim_cur = files.rlim_max;
    check(::setrlimit(RLIMIT_NOFILE, &files) == 0, "limit the number of descriptors");
    if (options.memory_max == 0) return;
    // Private memory that can be written: not the GPU's, nor the guest's pages, which are shared.
    const rlimit memory{options.memory_max, options.memory_max};
    check(::setrlimit(RLIMIT_DATA, &memory) == 0, "limit its memory");
}

void change_user(const JailOptions& options) {
    check(::setgroups(options.groups.size(), options.groups.data()) == 0, "set its groups");
    check(::setresgid(options.gid, options.gid, options.gid) == 0, "change its group");
    check(::setresuid(options.uid, options.uid, options.uid) == 0, "change its user");
}

void drop_capabilities() {
    for (int capability = 0; capability <= CAP_LAST_CAP + 8; ++capability) {
        // Fails for one that the kernel does not know, or without CAP_SETPCAP: then the empty sets
        // below and no_new_privs keep it from coming back.
        ::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
    }
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct none[2]{};
    check(::syscall(SYS_capset, &header, none) == 0, "drop its capabilities");
}

std::size_t count_threads() {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& task : std::filesystem::directory_iterator("/proc/self/task"))
        ++count;
    return count;
}

void require_one_thread() {
    const std::size_t threads = count_threads();
    if (threads == 1) return;
    throw SetupError("The jail finds " + std::to_string(threads) +
                         " threads, and some of its parts hold for one only.",
                     "The driver keeps threads beyond its devices' lives; please report it, and "
                     "use --no-jail only if you trust the guests.");
}

}  // namespace

std::string enter_jail(const JailOptions& options) {
    require_one_thread();
    limit_resources(options);
    check(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "set no_new_privs");
    const bool files = restrict_files(options.device_nodes, options.gpu_nodes, options.readable);
    if (options.change_user) change_user(options);
    drop_capabilities();
    check(::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0, "close itself to debuggers");
    load_system_call_filter(options.device_nodes, options.event_channels);
    std::ostringstream text;
    text << "system call filter, " << (files ? "file rules, " : "NO file rules (no Landlock), ")
         << (options.change_user ? "user " + std::to_string(options.uid)
                                 : "the supervisor's user " + std::to_string(::getuid()))
         << ", no capabilities, no new privileges, not debuggable, no core dumps";
    return text.str();
}

std::vector<std::string> paths_from_environment() {
    std::vector<std::string> paths;
    for (const char* name :
         {"VK_DRIVER_FILES", "VK_ICD_FILENAMES", "VK_ADD_DRIVER_FILES", "VK_LAYER_PATH",
          "VK_ADD_LAYER_PATH", "LD_LIBRARY_PATH", "XDG_DATA_DIRS", "XDG_CONFIG_DIRS"}) {
        const char* value = std::getenv(name);
        std::istringstream all(value == nullptr ? "" : value);
        for (std::string path; std::getline(all, path, ':');) {
            if (!path.empty()) paths.push_back(path);
        }
    }
    return paths;
}

}  // namespace vgpu::worker
