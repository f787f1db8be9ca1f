// The list of a process's guards, and what fork() does with it.
#include "transport/fork_guard.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <mutex>

namespace vgpu::transport {

// One for each process, because fork() has handlers of the process alone. Never destroyed: a
// context may end after the static objects did.
struct ForkGuards {
    std::mutex mutex;  // held across fork(), so that the child finds the list whole
    ForkGuard* first = nullptr;
    bool listening = false;

    void add(ForkGuard& guard);
    void remove(ForkGuard& guard);
    void leave_all() {
        for (ForkGuard* guard = first; guard != nullptr; guard = guard->next_)
            guard->leave_(guard->object_, guard->number_);
    }
};

namespace {

constinit ForkGuards guards;

// Without a new descriptor for the number to name, it is closed.
void replace(int fd, int with) {
    if (with < 0) {
        ::close(fd);
    } else {
        ::dup3(with, fd, O_CLOEXEC);
        ::close(with);
    }
}

}  // namespace

void ForkGuards::add(ForkGuard& guard) {
    const std::lock_guard lock(mutex);
    if (!listening) {
        listening = ::pthread_atfork([] { guards.mutex.lock(); }, [] { guards.mutex.unlock(); },
                                     [] {
                                         guards.leave_all();
                                         guards.mutex.unlock();
                                     }) == 0;
    }
    guard.next_ = first;
    if (first != nullptr) first->previous_ = &guard;
    first = &guard;
}

void ForkGuards::remove(ForkGuard& guard) {
    const std::lock_guard lock(mutex);
    (guard.previous_ != nullptr ? guard.previous_->next_ : first) = guard.next_;
    if (guard.next_ != nullptr) guard.next_->previous_ = guard.previous_;
}

ForkGuard::ForkGuard(Leave leave, void* object, std::size_t number)
    : leave_(leave), object_(object), number_(number) {
    guards.add(*this);
}

ForkGuard::~ForkGuard() {
    guards.remove(*this);
}

ForkGuard ForkGuard::memory(std::uint8_t* data, std::size_t size) {
    constexpr int kFlags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE;
    return ForkGuard(
        [](void* memory, std::size_t bytes) {
            ::mmap(memory, bytes, PROT_READ | PROT_WRITE, kFlags, -1, 0);
        },
        data, size);
}

ForkGuard ForkGuard::descriptor(int fd) {
    return ForkGuard(
        [](void*, std::size_t number) {
            int ends[2] = {-1, -1};
            if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0)
                ::close(ends[1]);
            replace(static_cast<int>(number), ends[0]);
        },
        nullptr, static_cast<std::size_t>(fd));
}

ForkGuard ForkGuard::doorbell(int fd) {
    return ForkGuard(
        [](void*, std::size_t number) {
            replace(static_cast<int>(number), ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
        },
        nullptr, static_cast<std::size_t>(fd));
}

}  // namespace vgpu::transport
