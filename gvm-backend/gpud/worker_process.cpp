// posix_spawn, pidfds and the environment.
#include "gpud/worker_process.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <string_view>

#include "base/setup_error.h"

extern char** environ;

namespace vgpu::gpud {

namespace {

constexpr int kWorkerSocket = 3;
// glibc takes no larger threshold (HEAP_MAX_SIZE / 2 of 64-bit machines).
constexpr std::uint64_t kLargestHeapPiece = 32 << 20;

// Prefixes of variables that drivers, the loader, layers and sanitizers read.
constexpr std::string_view kPassed[] = {"VK_",
                                        "MESA_",
                                        "LP_",
                                        "GALLIUM_",
                                        "LIBGL_ALWAYS_SOFTWARE",
                                        "RADV_",
                                        "AMD_",
                                        "ACO_",
                                        "ANV_",
                                        "INTEL_",
                                        "NVK_",
                                        "NOUVEAU_",
                                        "__GL_",
                                        "XDG_DATA_DIRS=",
                                        "LD_LIBRARY_PATH=",
                                        "TZ=",
                                        "ASAN_OPTIONS=",
                                        "LSAN_OPTIONS=",
                                        "TSAN_OPTIONS=",
                                        "UBSAN_OPTIONS=",
                                        "JOURNAL_STREAM=",
                                        "VGPU_"};

class FileActions {
  public:
    FileActions() { ::posix_spawn_file_actions_init(&actions_); }
    ~FileActions() { ::posix_spawn_file_actions_destroy(&actions_); }
    FileActions(const FileActions&) = delete;
    FileActions& operator=(const FileActions&) = delete;
    void open_null(int as) {
        ::posix_spawn_file_actions_addopen(&actions_, as, "/dev/null", O_RDWR, 0);
    }
    void duplicate(int from, int to) { ::posix_spawn_file_actions_adddup2(&actions_, from, to); }
    const posix_spawn_file_actions_t* get() const { return &actions_; }

  private:
    posix_spawn_file_actions_t actions_;
};

class Attributes {
  public:
    Attributes() {
        ::posix_spawnattr_init(&attributes_);
        sigset_t blocked;
        sigemptyset(&blocked);
        sigaddset(&blocked, SIGTERM);
        ::posix_spawnattr_setsigmask(&attributes_, &blocked);
        sigset_t all;
        sigfillset(&all);
        ::posix_spawnattr_setsigdefault(&attributes_, &all);
        ::posix_spawnattr_setflags(
            &attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
    }
    ~Attributes() { ::posix_spawnattr_destroy(&attributes_); }
    Attributes(const Attributes&) = delete;
    Attributes& operator=(const Attributes&) = delete;
    const posix_spawnattr_t* get() const { return &attributes_; }

  private:
    posix_spawnattr_t attributes_;
};

std::vector<char*> pointers(const std::vector<std::string>& strings) {
    std::vector<char*> all;
    for (const std::string& string : strings) all.push_back(const_cast<char*>(string.c_str()));
    all.push_back(nullptr);
    return all;
}

// struct sched_attr as Linux 3.14 has it; glibc declares it late.
struct SchedulingAttributes {
    std::uint32_t size = sizeof(SchedulingAttributes);
    std::uint32_t policy = 0;
    std::uint64_t flags = 0;
    std::int32_t nice = 0;
    std::uint32_t priority = 0;
    std::uint64_t runtime = 0;
    std::uint64_t deadline = 0;
    std::uint64_t period = 0;
};
static_assert(sizeof(SchedulingAttributes) == 48);

// A wish: older kernels do not know it, and lose nothing.
void ask_for_turns(pid_t pid, std::chrono::nanoseconds turn) {
    SchedulingAttributes attributes;
    if (::syscall(SYS_sched_getattr, pid, &attributes, sizeof attributes, 0) != 0) return;
    if (attributes.policy != SCHED_OTHER) return;
    attributes.runtime = static_cast<std::uint64_t>(turn.count());
    ::syscall(SYS_sched_setattr, pid, &attributes, 0);
}

// Tells the worker's C library (mallopt(3)) to keep so much of what is freed at an end of its heap,
// and to take large pieces from the heap too: each that it maps by itself goes back at once.
// 0 leaves it its ways.
void keep_heap(std::vector<std::string>& variables, std::uint32_t mebibytes) {
    if (mebibytes == 0) return;
    const std::uint64_t bytes = std::uint64_t{mebibytes} << 20;
    variables.push_back("MALLOC_TRIM_THRESHOLD_=" + std::to_string(bytes));
    variables.push_back("MALLOC_MMAP_THRESHOLD_=" +
                        std::to_string(std::min(bytes / 4, kLargestHeapPiece)));
}

bool is_passed(std::string_view variable) {
    for (const std::string_view prefix : kPassed) {
        if (variable.substr(0, prefix.size()) == prefix) return true;
    }
    return false;
}

}  // namespace

pid_t spawn(const std::vector<std::string>& arguments, const std::vector<std::string>& environment,
            const std::vector<std::pair<int, int>>& descriptors) {
    FileActions actions;
    actions.open_null(STDIN_FILENO);
    actions.open_null(STDOUT_FILENO);
    // Every descriptor of ours closes on exec; a duplicate does not.
    for (const auto& [here, there] : descriptors) actions.duplicate(here, there);
    const Attributes attributes;
    pid_t pid;
    const int error =
        ::posix_spawn(&pid, arguments.front().c_str(), actions.get(), attributes.get(),
                      pointers(arguments).data(), pointers(environment).data());
    if (error != 0) {
        throw SetupError(
            "\"" + arguments.front() + "\" cannot be started: " + std::strerror(error) + ".",
            "Check that it is installed and that processes can be made.");
    }
    return pid;
}

WorkerProcess spawn_worker(const WorkerProgram& program) {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) {
        throw SetupError(std::string("A socket pair cannot be made: ") + std::strerror(errno) + ".",
                         "Raise the limit of open files.");
    }
    WorkerProcess worker;
    worker.socket.reset(ends[0]);
    UniqueFd child_end(ends[1]);
    // Onto itself it would stay close-on-exec.
    if (child_end.get() == kWorkerSocket) {
        child_end.reset(::fcntl(child_end.get(), F_DUPFD_CLOEXEC, kWorkerSocket + 1));
    }
    worker.pid = spawn({program.path, "--supervisor-fd", std::to_string(kWorkerSocket)},
                       program.environment, {{child_end.get(), kWorkerSocket}});
    // The worker waits for its first words with one thread, from which all others inherit.
    if (program.turn.count() != 0) ask_for_turns(worker.pid, program.turn);
    worker.process = open_process(worker.pid);
    if (worker.process) return worker;
    const int error = errno;
    ::kill(worker.pid, SIGKILL);
    ::waitpid(worker.pid, nullptr, 0);
    throw SetupError(std::string("A worker cannot be watched: ") + std::strerror(error) + ".",
                     "Use Linux 5.3 or later, and raise the limit of open files.");
}

std::string find_worker(const std::string& asked) {
    const std::filesystem::path here =
        std::filesystem::read_symlink("/proc/self/exe").parent_path();
    const std::vector<std::string> places =
        asked.empty()
            ? std::vector<std::string>{here / "gvm-gpu-worker", here / "../worker/gvm-gpu-worker",
                                       VGPU_WORKER_PATH}
            : std::vector<std::string>{asked};
    for (const std::string& place : places) {
        if (::access(place.c_str(), X_OK) == 0) return place;
    }
    throw SetupError("There is no worker program at " + places.front() + ".",
                     "Install gvm-gpu-worker, or name it with --worker.");
}

std::vector<std::string> worker_environment(const std::string& driver_manifest,
                                            std::uint32_t kept_heap_mb) {
    std::vector<std::string> variables;
    for (char** variable = environ; *variable != nullptr; ++variable) {
        const std::string_view text = *variable;
        const bool replaced =
            !driver_manifest.empty() &&
            (text.substr(0, 16) == "VK_DRIVER_FILES=" || text.substr(0, 17) == "VK_ICD_FILENAMES=");
        if (is_passed(text) && !replaced) variables.emplace_back(text);
    }
    if (!driver_manifest.empty()) {
        const std::string path = std::filesystem::absolute(driver_manifest);
        variables.push_back("VK_DRIVER_FILES=" + path);
        variables.push_back("VK_ICD_FILENAMES=" + path);
    }
    // A worker has no home to keep a shader cache in; and where this machine's own programs are
    // guests too, the guests' driver must find no service from within a worker.
    variables.push_back("MESA_SHADER_CACHE_DISABLE=true");
    variables.push_back("XEN_VGPU_SOCKET=/dev/null/none");
    keep_heap(variables, kept_heap_mb);
    return variables;
}

UniqueFd open_process(pid_t pid) {
    return UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
}

void signal_process(const UniqueFd& process, int signal) {
    ::syscall(SYS_pidfd_send_signal, process.get(), signal, nullptr, 0);
}

}  // namespace vgpu::gpud
