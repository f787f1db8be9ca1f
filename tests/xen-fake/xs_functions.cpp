// The functions of xenstore.h over the fake store: nodes, transactions, domains.
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>

#include <sys/eventfd.h>

#include "xen-fake/fake_state.h"

using namespace vgpu::fake;

namespace {

constexpr std::size_t kTransactionsOfGuest = 10;

// The domain sends a request: runs `work` on the tree that `t` names, under the lock, and fires
// watches. False, and errno, when it fails.
template <typename Work>
bool request(xs_handle* h, const char* function, xs_transaction_t t, const char* path, Work work) {
    State& s = state();
    const std::lock_guard lock(s.mutex);
    const std::string absolute = absolute_path(h->domain, path);
    int error = absolute.empty() ? EINVAL : failure_of(s, function, absolute);
    const auto transaction = h->transactions.find(t);
    if (!error && t != XBT_NULL && transaction == h->transactions.end()) error = ENOENT;
    if (!error) error = work(t == XBT_NULL ? s.tree : transaction->second, absolute);
    if (t == XBT_NULL) fire_watches(s);
    errno = error;
    return error == 0;
}

// A copy as the C functions hand it out: to be freed, with a zero behind.
void* handed_out(const void* data, std::size_t bytes) {
    char* copy = static_cast<char*>(std::malloc(bytes + 1));
    if (bytes) std::memcpy(copy, data, bytes);
    copy[bytes] = 0;
    return copy;
}

// One block of pointers and the strings behind them.
char** handed_out(const std::vector<std::string>& strings) {
    std::size_t bytes = 0;
    for (const std::string& each : strings) bytes += each.size() + 1;
    const std::size_t pointers = (strings.size() + 1) * sizeof(char*);
    char** block = static_cast<char**>(std::malloc(pointers + bytes));
    char* next = reinterpret_cast<char*>(block) + pointers;
    for (std::size_t i = 0; i < strings.size(); ++i) {
        block[i] = next;
        std::memcpy(next, strings[i].c_str(), strings[i].size() + 1);
        next += strings[i].size() + 1;
    }
    block[strings.size()] = nullptr;
    return block;
}

int end_transaction(State& s, StoreTree& transaction, bool abandon) {
    if (abandon) return 0;
    if (s.disturbed > 0) {
        --s.disturbed;
        return EAGAIN;
    }
    return s.tree.commit(transaction);
}

}  // namespace

extern "C" {

xs_handle* xs_open(unsigned long) {
    State& s = state();
    const std::lock_guard lock(s.mutex);
    errno = s.running ? failure_of(s, "xs_open", "") : ECONNREFUSED;
    if (errno) return nullptr;
    auto handle = std::make_unique<xs_handle>();
    handle->domain = current_domain();
    handle->readable.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    s.handles.insert(handle.get());
    return handle.release();
}

xs_handle* xs_daemon_open() {
    return xs_open(0);
}
xs_handle* xs_domain_open() {
    return xs_open(0);
}
xs_handle* xs_daemon_open_readonly() {
    return xs_open(0);
}

void xs_close(xs_handle* h) {
    if (!h) return;
    State& s = state();
    const std::lock_guard lock(s.mutex);
    s.handles.erase(h);
    delete h;
}

void xs_daemon_close(xs_handle* h) {
    xs_close(h);
}
void xs_daemon_destroy_postfork(xs_handle* h) {
    xs_close(h);
}

char** xs_directory(xs_handle* h, xs_transaction_t t, const char* path, unsigned* num) {
    std::vector<std::string> names;
    if (!request(h, "xs_directory", t, path, [&](StoreTree& tree, const std::string& absolute) {
            return tree.list(h->domain, absolute, names);
        })) {
        return nullptr;
    }
    *num = static_cast<unsigned>(names.size());
    return handed_out(names);
}

void* xs_read(xs_handle* h, xs_transaction_t t, const char* path, unsigned* len) {
    std::string value;
    if (!request(h, "xs_read", t, path, [&](StoreTree& tree, const std::string& absolute) {
            return tree.read(h->domain, absolute, value);
        })) {
        return nullptr;
    }
    if (len) *len = static_cast<unsigned>(value.size());
    return handed_out(value.data(), value.size());
}

bool xs_write(xs_handle* h, xs_transaction_t t, const char* path, const void* data, unsigned len) {
    const std::string value(static_cast<const char*>(data), len);
    return request(h, "xs_write", t, path, [&](StoreTree& tree, const std::string& absolute) {
        return tree.write(h->domain, absolute, value);
    });
}

bool xs_mkdir(xs_handle* h, xs_transaction_t t, const char* path) {
    return request(h, "xs_mkdir", t, path, [&](StoreTree& tree, const std::string& absolute) {
        return tree.make(h->domain, absolute);
    });
}

bool xs_rm(xs_handle* h, xs_transaction_t t, const char* path) {
    return request(h, "xs_rm", t, path, [&](StoreTree& tree, const std::string& absolute) {
        return tree.remove(h->domain, absolute);
    });
}

bool xs_restrict(xs_handle*, unsigned) {
    return false;
}

xs_permissions* xs_get_permissions(xs_handle* h, xs_transaction_t t, const char* path,
                                   unsigned* num) {
    Permissions found;
    if (!request(h, "xs_get_permissions", t, path,
                 [&](StoreTree& tree, const std::string& absolute) {
                     return tree.permissions(h->domain, absolute, found);
                 })) {
        return nullptr;
    }
    *num = static_cast<unsigned>(found.size());
    return static_cast<xs_permissions*>(
        handed_out(found.data(), found.size() * sizeof(xs_permissions)));
}

bool xs_set_permissions(xs_handle* h, xs_transaction_t t, const char* path,
                        xs_permissions* permissions, unsigned count) {
    const Permissions wanted(permissions, permissions + count);
    return request(h, "xs_set_permissions", t, path,
                   [&](StoreTree& tree, const std::string& absolute) {
                       return tree.set_permissions(h->domain, absolute, wanted);
                   });
}

xs_transaction_t xs_transaction_start(xs_handle* h) {
    State& s = state();
    const std::lock_guard lock(s.mutex);
    errno = failure_of(s, "xs_transaction_start", "");
    if (!errno && h->domain != 0 && h->transactions.size() >= kTransactionsOfGuest) errno = ENOSPC;
    if (errno) return XBT_NULL;
    h->transactions.emplace(s.next_transaction, s.tree.snapshot());
    return s.next_transaction++;
}

bool xs_transaction_end(xs_handle* h, xs_transaction_t t, bool abandon) {
    State& s = state();
    const std::lock_guard lock(s.mutex);
    int error = failure_of(s, "xs_transaction_end", "");
    const auto transaction = h->transactions.find(t);
    if (!error && transaction == h->transactions.end()) error = ENOENT;
    if (!error) error = end_transaction(s, transaction->second, abandon);
    if (transaction != h->transactions.end()) h->transactions.erase(transaction);
    fire_watches(s);
    errno = error;
    return error == 0;
}

char* xs_get_domain_path(xs_handle*, unsigned domain) {
    const std::string path = "/local/domain/" + std::to_string(domain);
    return static_cast<char*>(handed_out(path.data(), path.size()));
}

bool xs_is_domain_introduced(xs_handle* h, unsigned domain) {
    State& s = state();
    const std::lock_guard lock(s.mutex);
    errno = failure_of(s, "xs_is_domain_introduced", "");
    if (!errno && h->domain != 0) errno = EACCES;
    return errno == 0 && s.domains.count(domain) != 0;
}

bool xs_path_is_subpath(const char* parent, const char* child) {
    const std::size_t length = std::strlen(parent);
    return std::strncmp(parent, child, length) == 0 && (child[length] == 0 || child[length] == '/');
}

}  // extern "C"
