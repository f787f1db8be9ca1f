// Xenstore for tests without Xen: defines the functions of xenstore.h over a store in memory.
//
// Link the dependency `fake_xenstore` in place of libxenstore. A handle belongs to the domain that
// its thread is in when it is opened (InDomain), and sees permissions, quotas, transactions and
// watches as xenstored would let that domain see them. The functions below look at the store and
// change it as domain 0, without a handle.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace vgpu::fake {

// Begins anew: an empty store with domain 0, no failures. Handles must be closed before.
void reset_xenstore();

// While it lives, handles that this thread opens belong to `domain`.
class InDomain {
  public:
    explicit InDomain(unsigned domain);
    ~InDomain();
    InDomain(const InDomain&) = delete;

  private:
    unsigned before_;
};

// The nodes that xl makes for a domain, with its permissions; fires @introduceDomain.
void add_domain(unsigned domain, const std::string& name);
// As `xl destroy` does: its directory and what others have for it vanish; fires @releaseDomain.
void remove_domain(unsigned domain);

std::optional<std::string> read_node(const std::string& path);
void write_node(const std::string& path, const std::string& value);
void remove_node(const std::string& path);
// As xenstore-ls -p shows them: "n5,r3".
std::string permissions_of(const std::string& path);
void set_permissions_of(const std::string& path, const std::string& permissions);
// The absolute paths of all nodes at and below `path`.
std::vector<std::string> nodes_below(const std::string& path);

// A call that fails in place of working.
struct Failure {
    std::string function;  // "xs_write"; empty: whichever
    int error = 0;         // its errno
    std::string path;      // only calls whose absolute path begins so; empty: all
    int skip = 0;          // how many calls work before
    int times = 1;         // how many fail
};
void fail(Failure failure);
void forget_failures();
// The next transactions that end find the store changed by somebody else (EAGAIN).
void disturb_transactions(int count);
// While it does not run, xs_open finds nobody (ECONNREFUSED) and open handles are broken (EIO).
void set_xenstore_running(bool running);
// How many nodes each guest may own.
void set_node_quota(std::size_t nodes);

// For tests of leaks.
struct OpenThings {
    std::size_t handles, watches, transactions;
};
OpenThings open_things();

}  // namespace vgpu::fake
