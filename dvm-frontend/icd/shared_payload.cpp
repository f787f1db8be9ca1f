// Sealed memfds, locks that die with their process, and wake-ups.
#include "icd/shared_payload.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <climits>
#include <cstdio>
#include <new>
#include <utility>

#include "icd/sync_file.h"

namespace vgpu::icd {

using transport::ForkGuard;

namespace {

// A descriptor of the same file, but an open file of its own: locks are an open file's, and those
// of a descriptor that was handed over are shared with whoever had it.
UniqueFd open_again(int fd) {
    char path[32];
    std::snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    return UniqueFd(::open(path, O_RDWR | O_CLOEXEC));
}

// A process that has promised what it has not kept holds a read lock.
bool set_lock(int fd, short type) {
    struct flock lock {};
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    lock.l_len = 1;
    return ::fcntl(fd, F_OFD_SETLK, &lock) == 0;
}

bool others_have_promised(int fd) {
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    lock.l_len = 1;
    // What cannot be asked counts as alive.
    return ::fcntl(fd, F_OFD_GETLK, &lock) != 0 || lock.l_type != F_UNLCK;
}

std::shared_ptr<SharedPayload> nothing() {
    return nullptr;
}

}  // namespace

SharedPayload::SharedPayload(PayloadKind kind) {
    own_.magic = PayloadPage::kMagic;
    own_.version = PayloadPage::kVersion;
    own_.kind = static_cast<std::uint32_t>(kind);
}

SharedPayload::~SharedPayload() = default;

bool SharedPayload::map(UniqueFd fd) {
    if (!fd || !mapping_.map(fd.get(), PayloadPage::kBytes)) return false;
    fd_ = std::move(fd);
    page_ = reinterpret_cast<PayloadPage*>(mapping_.data());
    fd_guard_.reset(new ForkGuard(ForkGuard::descriptor(fd_.get())));
    memory_guard_.reset(new ForkGuard(ForkGuard::memory(mapping_.data(), mapping_.size())));
    return true;
}

std::shared_ptr<SharedPayload> SharedPayload::make(PayloadKind kind, std::uint64_t initial) {
    try {
        std::shared_ptr<SharedPayload> made(new SharedPayload(kind));
        if (!made->map(transport::make_sealed_memory(PayloadPage::kBytes))) return nothing();
        PayloadPage& page = made->page();
        page.reached.store(initial, std::memory_order_relaxed);
        page.promised.store(initial, std::memory_order_relaxed);
        page.kind = made->own_.kind;
        page.version = PayloadPage::kVersion;
        page.magic = PayloadPage::kMagic;
        return made;
    } catch (const std::bad_alloc&) {
        return nothing();
    }
}

// The size is sealed, so that no holder can take the page away under another.
std::shared_ptr<SharedPayload> SharedPayload::open(int fd, PayloadKind kind) {
    struct stat status {};
    if (!transport::why_not_mappable(fd, PayloadPage::kBytes).empty() ||
        ::fstat(fd, &status) != 0 || status.st_size != PayloadPage::kBytes)
        return nothing();
    try {
        std::shared_ptr<SharedPayload> opened(new SharedPayload(kind));
        if (!opened->map(open_again(fd))) return nothing();
        const PayloadPage& page = opened->page();
        const bool ours = page.magic == PayloadPage::kMagic &&
                          page.version == PayloadPage::kVersion &&
                          page.kind == static_cast<std::uint32_t>(kind);
        return ours ? opened : nothing();
    } catch (const std::bad_alloc&) {
        return nothing();
    }
}

std::shared_ptr<SharedPayload> SharedPayload::of_sync_file(UniqueFd file, PayloadKind kind) {
    try {
        std::shared_ptr<SharedPayload> made(new SharedPayload(kind));
        made->own_.promised.store(1, std::memory_order_relaxed);
        made->own_.reached.store(file ? 0 : 1, std::memory_order_relaxed);
        made->file_ = std::move(file);
        if (made->file_)
            made->fd_guard_.reset(new ForkGuard(ForkGuard::descriptor(made->file_.get())));
        return made;
    } catch (const std::bad_alloc&) {
        return nothing();
    }
}

UniqueFd SharedPayload::export_fd() const {
    return fd_ ? open_again(fd_.get()) : UniqueFd();
}

std::uint64_t SharedPayload::reached() {
    const std::uint64_t now = page().reached.load(std::memory_order_acquire);
    if (now != 0 || !file_ || !sync_file_signalled(file_.get())) return now;
    raise(own_.reached, 1);
    return 1;
}

// Others may raise it too, and a hostile one may lower it: it must not keep us here.
void SharedPayload::raise(std::atomic<std::uint64_t>& number, std::uint64_t to) {
    constexpr int kTries = 64;
    std::uint64_t now = number.load(std::memory_order_relaxed);
    for (int i = 0; i < kTries && now < to; ++i)
        if (number.compare_exchange_weak(now, to, std::memory_order_acq_rel)) return;
}

void SharedPayload::wake() {
    page().change.fetch_add(1, std::memory_order_acq_rel);
    if (fd_) ::syscall(SYS_futex, &page().change, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

std::uint64_t SharedPayload::promise(std::optional<std::uint64_t> number) {
    const std::lock_guard lock(mutex_);
    // Locked first: who sees the promise without its lock takes its maker for dead.
    if (promises_++ == 0 && fd_) set_lock(fd_.get(), F_RDLCK);
    if (!number) return page().promised.fetch_add(1, std::memory_order_acq_rel) + 1;
    raise(page().promised, *number);
    return *number;
}

void SharedPayload::keep(std::uint64_t number) {
    raise(page().reached, number);
    wake();
    const std::lock_guard lock(mutex_);
    if (--promises_ == 0 && fd_) set_lock(fd_.get(), F_UNLCK);
}

std::optional<std::uint64_t> SharedPayload::take_pending() {
    const std::uint64_t last = page().promised.load(std::memory_order_acquire);
    std::uint64_t taken = page().taken.load(std::memory_order_acquire);
    if (taken >= last || !page().taken.compare_exchange_strong(taken, last)) return std::nullopt;
    return last;
}

void SharedPayload::keep_for_the_dead() {
    if (!fd_) return;
    const std::uint64_t promised = page().promised.load(std::memory_order_acquire);
    if (page().reached.load(std::memory_order_acquire) >= promised) return;
    const std::lock_guard lock(mutex_);
    if (promises_ != 0 || others_have_promised(fd_.get())) return;
    raise(page().reached, promised);
    wake();
}

}  // namespace vgpu::icd
