// The lock file's life.
#include "daemon/instance_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/setup_error.h"

namespace vgpu::daemon {

InstanceLock::InstanceLock(const std::string& path, const std::string& program)
    : file_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644)) {
    if (!file_) {
        throw SetupError(
            "The lock file " + path + " cannot be opened: " + std::strerror(errno) + ".",
            "Start " + program +
                " as root, or choose a --socket in a directory that exists "
                "and that it may write.");
    }
    if (::flock(file_.get(), LOCK_EX | LOCK_NB) != 0) {
        char holder[32] = "";
        const ssize_t count = ::pread(file_.get(), holder, sizeof holder - 1, 0);
        const std::string text(holder, count > 0 ? static_cast<std::size_t>(count) : 0);
        throw SetupError("Another " + program + " (process " + text.substr(0, text.find('\n')) +
                             ") holds " + path + ".",
                         "Stop it, or choose another --socket.");
    }
    const std::string pid = std::to_string(::getpid()) + "\n";
    // Only for the text above: the lock itself does not depend on it.
    if (::ftruncate(file_.get(), 0) != 0 || ::pwrite(file_.get(), pid.data(), pid.size(), 0) < 0) {
        throw SetupError("The lock file " + path + " cannot be written.", "Free some disk space.");
    }
}

}  // namespace vgpu::daemon
