// The list, with the few calls that are allowed for some arguments only.
#include "worker/jail_filter.h"

#include <asm/ioctls.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "base/setup_error.h"
#include "transport/xen/evtchn_device.h"

#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#endif

namespace vgpu::worker {

namespace {

// None of these reaches another process, names a file to be written, or makes a socket. Names that
// the machine's architecture does not have are skipped.
constexpr const char* kAllowed[] = {
    // memory: a driver's compiler makes its code executable
    "brk", "madvise", "memfd_create", "mincore", "mlock", "mmap", "mmap2", "mprotect", "mremap",
    "msync", "munlock", "munmap", "membarrier",
    // threads, and ending
    "exit", "exit_group", "futex", "futex_waitv", "get_robust_list", "getcpu", "gettid", "rseq",
    "sched_get_priority_max", "sched_get_priority_min", "sched_getaffinity", "sched_getparam",
    "sched_getscheduler", "sched_yield", "set_robust_list", "set_tid_address", "arch_prctl",
    // descriptors that it has
    "close", "close_range", "dup", "dup2", "dup3", "epoll_create1", "epoll_ctl", "epoll_pwait",
    "epoll_wait", "eventfd2", "fadvise64", "fstat", "fstatfs", "ftruncate", "fallocate",
    "fdatasync", "fsync", "getdents64", "lseek", "pipe2", "poll", "ppoll", "pread64", "preadv",
    "pselect6", "pwrite64", "pwritev", "read", "readv", "recvfrom", "recvmsg", "select", "sendmsg",
    "sendto", "shutdown", "getsockopt", "getsockname", "getpeername", "timerfd_create",
    "timerfd_settime", "timerfd_gettime", "write", "writev", "flock",
    // looking at files
    "access", "faccessat", "faccessat2", "getcwd", "lstat", "newfstatat", "fstatat64", "readlink",
    "readlinkat", "stat", "statfs", "statx",
    // who and when
    "clock_getres", "clock_gettime", "clock_nanosleep", "getegid", "geteuid", "getgid", "getgroups",
    "getpgrp", "getpid", "getppid", "getpriority", "getrandom", "getresgid", "getresuid",
    "getrlimit", "getrusage", "gettimeofday", "getuid", "nanosleep", "sysinfo", "time", "times",
    "uname", "ugetrlimit",
    // signals to itself
    "pause", "restart_syscall", "rt_sigaction", "rt_sigpending", "rt_sigprocmask", "rt_sigreturn",
    "rt_sigsuspend", "rt_sigtimedwait", "sigaltstack", "signalfd4"};

constexpr int kFileCommands[] = {F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD,     F_SETFD,     F_GETFL,
                                 F_SETFL, F_GET_SEALS,     F_ADD_SEALS, F_GETPIPE_SZ};

// The second octet of the device requests of DRM, NVIDIA's nodes (also 'm' and 0), KFD, sync files,
// dma-bufs and udmabuf.
constexpr unsigned kDeviceRequestTypes[] = {'d', 'F', 'm', 0, 'K', '>', 'b', 'u'};
constexpr unsigned kRequests[] = {TCGETS, FIONREAD, FIONBIO};

constexpr int kThreadOptions[] = {PR_SET_NAME, PR_GET_NAME, PR_SET_VMA, PR_GET_DUMPABLE};

struct Release {
    void operator()(scmp_filter_ctx filter) const { seccomp_release(filter); }
};

class Filter {
  public:
    Filter() : filter_(seccomp_init(SCMP_ACT_ERRNO(EPERM))) {
        check(filter_ ? 0 : -ENOMEM, "seccomp_init");
    }
    template <typename... Comparisons>
    void allow(const char* name, Comparisons... comparisons) {
        add(SCMP_ACT_ALLOW, name, comparisons...);
    }
    template <typename... Comparisons>
    void add(std::uint32_t action, const char* name, Comparisons... comparisons) {
        const int number = seccomp_syscall_resolve_name(name);
        if (number == __NR_SCMP_ERROR) return;
        const scmp_arg_cmp all[sizeof...(comparisons) + 1] = {comparisons...};
        check(seccomp_rule_add_array(filter_.get(), action, number, sizeof...(comparisons), all),
              name);
    }
    void load() {
        check(seccomp_attr_set(filter_.get(), SCMP_FLTATR_CTL_TSYNC, 1), "all threads");
        check(seccomp_load(filter_.get()), "seccomp_load");
    }

  private:
    static void check(int result, const char* what) {
        if (result == 0) return;
        throw SetupError(std::string("The jail's system call filter cannot be made (") + what +
                             ": " + std::strerror(-result) + ").",
                         "Use a kernel with CONFIG_SECCOMP_FILTER, or, to debug, --no-jail.");
    }
    std::unique_ptr<void, Release> filter_;
};

// The kernel looks at the low 32 bits of these arguments only, so the filter does too.
scmp_arg_cmp low_is(unsigned argument, std::uint64_t mask, std::uint64_t value) {
    return {argument, SCMP_CMP_MASKED_EQ, mask & 0xffff'ffff, value};
}

void allow_opening(Filter& filter, const char* name, unsigned flags_argument, bool device_nodes) {
    constexpr unsigned kMaking = O_CREAT | O_TRUNC | O_APPEND | (O_TMPFILE & ~O_DIRECTORY);
    filter.allow(name, low_is(flags_argument, O_ACCMODE | kMaking, O_RDONLY));
    if (device_nodes) filter.allow(name, low_is(flags_argument, O_ACCMODE | kMaking, O_RDWR));
}

void allow_with_arguments(Filter& filter, bool device_nodes) {
    allow_opening(filter, "open", 1, device_nodes);
    allow_opening(filter, "openat", 2, device_nodes);
    for (const int command : kFileCommands) filter.allow("fcntl", low_is(1, ~0u, command));
    for (const unsigned type : kDeviceRequestTypes) {
        if (device_nodes) filter.allow("ioctl", low_is(1, 0xff00, type << 8));
    }
    for (const unsigned request : kRequests) filter.allow("ioctl", low_is(1, ~0u, request));
    for (const int option : kThreadOptions) filter.allow("prctl", low_is(0, ~0u, option));
    // Reading its own limits, not setting any.
    filter.allow("prlimit64", low_is(0, ~0u, 0), scmp_arg_cmp{2, SCMP_CMP_EQ, 0});
    // raise() and pthread_kill(), but no signal to another process.
    const auto self = static_cast<std::uint64_t>(::getpid());
    filter.allow("tgkill", low_is(0, ~0u, self));
    filter.allow("kill", low_is(0, ~0u, self));
    // Drivers ask whether two descriptors of theirs are one file.
    filter.allow("kcmp", low_is(0, ~0u, self), low_is(1, ~0u, self));
    // Workers are one user: one could bind its neighbours to a busy processor. Drivers that bind
    // their own threads go on without.
    filter.add(SCMP_ACT_ERRNO(0), "sched_setaffinity");
    // Threads, but no processes. clone3 hides its flags in memory: the C library then uses clone.
    filter.allow("clone", scmp_arg_cmp{0, SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD});
    filter.add(SCMP_ACT_ERRNO(ENOSYS), "clone3");
}

}  // namespace

void load_system_call_filter(bool device_nodes, bool event_channels) {
    Filter filter;
    for (const char* name : kAllowed) filter.allow(name);
    allow_with_arguments(filter, device_nodes);
    if (event_channels) {
        filter.allow("ioctl", low_is(1, ~0u, transport::xen::notify_request()));
        filter.allow("accept4");
    }
    filter.load();
}

}  // namespace vgpu::worker
