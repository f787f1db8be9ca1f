// Landlock rules.
#include "worker/jail_files.h"

#include <fcntl.h>
#include <glob.h>
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

#include "base/unique_fd.h"

namespace vgpu::worker {

namespace {

constexpr std::uint64_t kReading = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr std::uint64_t kWriting = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
                                   LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR |
                                   LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
                                   LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
                                   LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM;
// Rights of a file; the others are of directories.
constexpr std::uint64_t kOfFiles = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE;

// What drivers and the Vulkan loader read.
constexpr const char* kReadable[] = {
    "/usr",          "/lib",         "/lib32",        "/lib64",         "/opt",
    "/nix/store",    "/sys/devices", "/sys/dev",      "/sys/class/drm", "/sys/bus",
    "/sys/module",   "/proc/self",   "/proc/cpuinfo", "/proc/meminfo",  "/proc/stat",
    "/proc/devices", "/proc/driver", "/proc/sys/vm",  "/etc/vulkan",    "/etc/ld.so.cache",
    "/etc/drirc",    "/etc/glvnd",   "/etc/nvidia",   "/etc/localtime", "/dev/urandom",
    "/dev/null"};
// No /dev/dri/card*: who has one can become its master, and sets the machine's screens.
constexpr const char* kGpuNodes[] = {"/dev/dri/renderD*", "/dev/nvidia[0-9]*"};
// Of drivers, for all their GPUs.
constexpr const char* kDriverNodes[] = {"/dev/nvidiactl", "/dev/nvidia-*", "/dev/kfd",
                                        "/dev/udmabuf"};
// Drivers look there for the nodes' names.
constexpr const char* kDeviceDirectory = "/dev/dri";

class Rules {
  public:
    Rules() {
        landlock_ruleset_attr attributes{};
        attributes.handled_access_fs = kReading | kWriting | LANDLOCK_ACCESS_FS_EXECUTE;
        fd_.reset(static_cast<int>(
            ::syscall(__NR_landlock_create_ruleset, &attributes, sizeof attributes, 0)));
    }
    explicit operator bool() const { return static_cast<bool>(fd_); }
    // What does not exist here needs no rule.
    void allow(const std::string& path, std::uint64_t rights) {
        const UniqueFd at(::open(path.c_str(), O_PATH | O_CLOEXEC));
        struct stat status;
        if (!at || ::fstat(at.get(), &status) != 0) return;
        if (!S_ISDIR(status.st_mode)) rights &= kOfFiles;
        landlock_path_beneath_attr beneath{};
        beneath.allowed_access = rights;
        beneath.parent_fd = at.get();
        ::syscall(__NR_landlock_add_rule, fd_.get(), LANDLOCK_RULE_PATH_BENEATH, &beneath, 0);
    }
    bool enforce() { return ::syscall(__NR_landlock_restrict_self, fd_.get(), 0) == 0; }

  private:
    UniqueFd fd_;
};

void allow_node(Rules& rules, const std::string& pattern) {
    glob_t found{};
    if (::glob(pattern.c_str(), 0, nullptr, &found) == 0) {
        for (std::size_t i = 0; i < found.gl_pathc; ++i) {
            rules.allow(found.gl_pathv[i], kReading | LANDLOCK_ACCESS_FS_WRITE_FILE);
        }
    }
    ::globfree(&found);
}

void allow_device_nodes(Rules& rules, const std::vector<std::string>& gpu_nodes) {
    rules.allow(kDeviceDirectory, LANDLOCK_ACCESS_FS_READ_DIR);
    for (const char* pattern : kDriverNodes) allow_node(rules, pattern);
    for (const std::string& node : gpu_nodes) allow_node(rules, node);
    if (!gpu_nodes.empty()) return;
    for (const char* pattern : kGpuNodes) allow_node(rules, pattern);
}

}  // namespace

bool restrict_files(bool device_nodes, const std::vector<std::string>& gpu_nodes,
                    const std::vector<std::string>& readable) {
    Rules rules;
    if (!rules) return false;
    for (const char* path : kReadable) rules.allow(path, kReading);
    for (const std::string& path : readable) rules.allow(path, kReading);
    if (device_nodes) allow_device_nodes(rules, gpu_nodes);
    return rules.enforce();
}

}  // namespace vgpu::worker
