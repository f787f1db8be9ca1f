// Over libxenstore.
#include "gvmctl/xenstore.h"

#include <poll.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

extern "C" {  // which the header does not say itself
#include <xenstore.h>
}

#include "base/setup_error.h"

namespace vgpu::gvmctl {

namespace {

constexpr int kTransactionTries = 20;
constexpr const char* kToken = "gvmctl";

struct Free {
    void operator()(void* memory) const { std::free(memory); }
};

std::string remedy_of(int error) {
    if (error == EACCES || error == EPERM) return "Run gvmctl as root, in dom0.";
    if (error == ENOSPC || error == E2BIG) return "Raise the quotas of xenstored.";
    return "See whether xenstored runs: systemctl status xenstored, or xenstore-ls.";
}

}  // namespace

void Xenstore::Close::operator()(xs_handle* handle) const {
    xs_close(handle);
}

Xenstore::Xenstore() : handle_(xs_open(0)) {
    if (handle_) return;
    throw SetupError(
        std::string("Xenstore cannot be reached: ") + std::strerror(errno) + ".",
        "Run gvmctl as root in a domain of a Xen host; in dom0, see that xenstored runs.");
}

void Xenstore::refuse(const char* what, const std::string& path, int error) const {
    throw SetupError(
        std::string("Xenstore does not ") + what + " " + path + ": " + std::strerror(error) + ".",
        remedy_of(error));
}

std::optional<std::string> Xenstore::read(const std::string& path) const {
    unsigned length = 0;
    const std::unique_ptr<void, Free> value(
        xs_read(handle_.get(), transaction_, path.c_str(), &length));
    if (value) return std::string(static_cast<char*>(value.get()), length);
    if (errno != ENOENT) refuse("read", path, errno);
    return std::nullopt;
}

std::vector<std::string> Xenstore::list(const std::string& path) const {
    unsigned count = 0;
    const std::unique_ptr<char*, Free> names(
        xs_directory(handle_.get(), transaction_, path.c_str(), &count));
    if (names) return {names.get(), names.get() + count};
    if (errno != ENOENT) refuse("list", path, errno);
    return {};
}

void Xenstore::write(const std::string& path, const std::string& value) {
    if (!xs_write(handle_.get(), transaction_, path.c_str(), value.data(),
                  static_cast<unsigned>(value.size()))) {
        refuse("write", path, errno);
    }
}

void Xenstore::remove(const std::string& path) {
    if (!xs_rm(handle_.get(), transaction_, path.c_str()) && errno != ENOENT) {
        refuse("remove", path, errno);
    }
}

void Xenstore::make(const std::string& path, unsigned owner, unsigned reader) {
    xs_permissions permissions[] = {{owner, XS_PERM_NONE}, {reader, XS_PERM_READ}};
    if (!xs_mkdir(handle_.get(), transaction_, path.c_str())) refuse("make", path, errno);
    if (!xs_set_permissions(handle_.get(), transaction_, path.c_str(), permissions, 2)) {
        refuse("set the permissions of", path, errno);
    }
}

std::string Xenstore::permissions(const std::string& path) const {
    unsigned count = 0;
    const std::unique_ptr<xs_permissions, Free> found(
        xs_get_permissions(handle_.get(), transaction_, path.c_str(), &count));
    if (!found && errno != ENOENT) refuse("read the permissions of", path, errno);
    std::string text;
    for (unsigned i = 0; found && i < count; ++i) {
        const xs_permissions& each = found.get()[i];
        if (i) text += ',';
        text += "nrwb"[each.perms & (XS_PERM_READ | XS_PERM_WRITE)] + std::to_string(each.id);
    }
    return text;
}

void Xenstore::transact(const std::function<void()>& work) {
    for (int tries = 0; tries < kTransactionTries; ++tries) {
        transaction_ = xs_transaction_start(handle_.get());
        if (transaction_ == XBT_NULL) refuse("begin a transaction", "", errno);
        try {
            work();
        } catch (...) {
            xs_transaction_end(handle_.get(), std::exchange(transaction_, XBT_NULL), true);
            throw;
        }
        if (xs_transaction_end(handle_.get(), std::exchange(transaction_, XBT_NULL), false)) return;
        if (errno != EAGAIN) refuse("end a transaction", "", errno);
    }
    throw SetupError("Others change the same nodes of xenstore all the time.", "Try again.");
}

void Xenstore::watch(const std::string& path) {
    if (!xs_watch(handle_.get(), path.c_str(), kToken)) refuse("watch", path, errno);
}

void Xenstore::unwatch(const std::vector<std::string>& paths) {
    for (const std::string& path : paths) xs_unwatch(handle_.get(), path.c_str(), kToken);
    drain_events();
}

void Xenstore::drain_events() {
    while (const std::unique_ptr<char*, Free> event{xs_check_watch(handle_.get())}) {
    }
    if (errno != EAGAIN) refuse("tell of changes", "", errno);
}

bool Xenstore::wait_for_change(std::chrono::milliseconds timeout) {
    pollfd one{xs_fileno(handle_.get()), POLLIN, 0};
    const int ready = ::poll(&one, 1, static_cast<int>(timeout.count()));
    drain_events();
    return ready > 0;
}

bool Xenstore::wait_for(const std::vector<std::string>& paths, std::chrono::milliseconds timeout,
                        const std::function<bool()>& done) {
    using Clock = std::chrono::steady_clock;
    const Clock::time_point end = Clock::now() + timeout;
    for (const std::string& path : paths) watch(path);
    bool over = done();
    for (auto left = timeout; !over && left.count() > 0;) {
        wait_for_change(left);
        over = done();
        left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now());
    }
    unwatch(paths);
    return over;
}

}  // namespace vgpu::gvmctl
