// vgpu-count-calls runs a program and counts the system calls of its threads.
//
//     VGPU_COUNT_CALLS=FILE vgpu-count-calls PROGRAM ARGUMENT...
//     VGPU_COUNT_CALLS=FILE VGPU_COUNTED=PROGRAM vgpu-count-calls ARGUMENT...
//
// A seccomp filter tells a second process of each call and lets it go on: no right is needed but
// that of every process, and the program may be jailed by filters of its own. VGPU_PRELOAD names a
// library for the program alone. Without VGPU_COUNT_CALLS, that is all that is done.
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "counts.h"

namespace {

using vgpu::counting::Counts;
using vgpu::counting::kKinds;

struct Shared {
    std::atomic<int> listener;
};

// Both processes have one table of descriptors until the program is executed: so the counter gets
// the listener, which its maker could not send.
int take_listener(const Shared& shared) {
    int listener;
    while ((listener = shared.listener.load()) == 0) ::sched_yield();
    return listener;
}

void count_one(int listener, Counts& counts) {
    seccomp_notif call{};
    if (::ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call) != 0) return;
    const auto number = static_cast<std::size_t>(call.data.nr);
    counts.of_thread(static_cast<int>(call.pid)).of[number < kKinds ? number : kKinds - 1]++;
    seccomp_notif_resp answer{};
    answer.id = call.id;
    answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    ::ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
}

int count(void* argument) {
    auto& [shared, counts] = *static_cast<std::pair<Shared*, Counts*>*>(argument);
    ::signal(SIGINT, SIG_IGN);
    ::signal(SIGTERM, SIG_IGN);
    const int listener = take_listener(*shared);
    // Ends when the last process that is counted has ended.
    for (pollfd ready{listener, POLLIN, 0}; ::poll(&ready, 1, -1) >= 0 || errno == EINTR;) {
        if ((ready.revents & POLLIN) != 0) count_one(listener, *counts);
        if ((ready.revents & (POLLHUP | POLLERR)) != 0) break;
    }
    ::_exit(0);
}

// All calls of this process and its children, from here on.
int listen_to_all() {
    sock_filter instruction = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF);
    const sock_fprog program{1, &instruction};
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return -1;
    return static_cast<int>(::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                                      SECCOMP_FILTER_FLAG_NEW_LISTENER, &program));
}

[[noreturn]] void fail(const char* what) {
    std::fprintf(stderr, "vgpu-count-calls: %s: %s.\n", what, std::strerror(errno));
    std::exit(126);
}

// Starts the counting process, and has the kernel tell it of all that this one calls.
void count_from_here(const char* file) {
    Counts* const counts = vgpu::counting::map_counts(file);
    void* const memory =
        ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (counts == nullptr || memory == MAP_FAILED) fail("The counts cannot be mapped");
    std::pair<Shared*, Counts*> argument{static_cast<Shared*>(memory), counts};
    static char stack[64 << 10] __attribute__((aligned(16)));
    if (::clone(count, stack + sizeof stack, CLONE_FILES | SIGCHLD, &argument) < 0)
        fail("The counting process does not start");
    const int listener = listen_to_all();
    if (listener < 0) {
        argument.first->listener.store(-1);
        fail("The kernel does not tell of system calls");
    }
    argument.first->listener.store(listener);
}

}  // namespace

int main(int argc, char** argv) {
    const char* const program = std::getenv("VGPU_COUNTED");
    const char* const file = std::getenv("VGPU_COUNT_CALLS");
    if (program == nullptr && argc < 2) return 2;
    if (const char* const library = std::getenv("VGPU_PRELOAD")) ::setenv("LD_PRELOAD", library, 1);
    if (program != nullptr) argv[0] = const_cast<char*>(program);
    char** const arguments = program != nullptr ? argv : argv + 1;
    if (file != nullptr) count_from_here(file);
    ::execvp(arguments[0], arguments);
    fail(arguments[0]);
}
