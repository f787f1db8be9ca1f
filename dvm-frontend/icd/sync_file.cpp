// A pair of sockets, of which the one that is handed out carries a mark.
#include "icd/sync_file.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

namespace vgpu::icd {

namespace {

// In an option that means nothing to packets, and that every process which holds the socket can
// read. It tells a sync file from a descriptor that was handed over by mistake; who forges it makes
// its own guest's processes wait for it.
constexpr int kMark = 0x7667'7066;  // "vgpf"

bool is_ours(int fd) {
    int mark = 0;
    socklen_t bytes = sizeof(mark);
    return ::getsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &mark, &bytes) == 0 && mark == kMark;
}

bool is_kernels(int fd) {
    char path[32];
    char target[64] = "";
    std::snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    return ::readlink(path, target, sizeof(target) - 1) > 0 &&
           std::strcmp(target, "anon_inode:sync_file") == 0;
}

}  // namespace

SyncFile make_sync_file() {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return {};
    SyncFile made{UniqueFd(ends[0]), UniqueFd(ends[1])};
    const int mark = kMark;
    if (::setsockopt(ends[0], SOL_SOCKET, SO_RCVLOWAT, &mark, sizeof(mark)) != 0) return {};
    return made;
}

bool is_sync_file(int fd) {
    return is_ours(fd) || is_kernels(fd);
}

bool sync_file_signalled(int fd) {
    pollfd poll{fd, POLLIN, 0};
    return ::poll(&poll, 1, 0) > 0;
}

}  // namespace vgpu::icd
