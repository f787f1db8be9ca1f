// The fake xenstore's tree of nodes, with xenstored's permissions, quotas and generations.
#pragma once

extern "C" {  // which the header does not say itself
#include <xenstore.h>
}

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace vgpu::fake {

using Permissions = std::vector<xs_permissions>;  // the first names the owner and what others may

struct Node {
    std::string value;
    Permissions permissions;
    std::uint64_t generation = 0;  // of its last change, its list of children included
};

// What a watch may be told of. `seen_by`: who may read under any of these learns of it.
struct Change {
    std::string path;
    bool exact = false;  // only watches on this very path, not on those above
    std::vector<Permissions> seen_by;
};

// What `domain` may do with a node of these permissions: XS_PERM_READ | XS_PERM_WRITE | OWNER.
inline constexpr int kPermOwner = XS_PERM_OWNER;
int allowed(unsigned domain, const Permissions& permissions);

// The absolute path, or empty when xenstored would call it invalid. Relative ones begin at the
// domain's own directory.
std::string absolute_path(unsigned domain, const std::string& path);

// Not thread-safe: its user holds a lock. Functions return 0 or an errno, and take absolute paths.
class StoreTree {
  public:
    StoreTree();

    int read(unsigned domain, const std::string& path, std::string& value);
    int write(unsigned domain, const std::string& path, const std::string& value);
    int make(unsigned domain, const std::string& path);
    int remove(unsigned domain, const std::string& path);
    int list(unsigned domain, const std::string& path, std::vector<std::string>& names);
    int permissions(unsigned domain, const std::string& path, Permissions& permissions);
    int set_permissions(unsigned domain, const std::string& path, const Permissions& permissions);

    // Taken by whoever fires watches.
    std::vector<Change> take_changes();

    // This tree with nothing touched yet: what a transaction works on.
    StoreTree snapshot() const;
    // Takes over what `transaction` changed; EAGAIN when a node that it touched has changed since.
    int commit(StoreTree& transaction);

    const std::map<std::string, Node>& nodes() const { return nodes_; }
    void set_node_quota(std::size_t nodes) { node_quota_ = nodes; }

  private:
    Node* find(const std::string& path);
    int look_up(unsigned domain, const std::string& path, int wanted, Node*& node);
    int create(unsigned domain, const std::string& path, const std::string& value);
    void erase_below(const std::string& path);
    void changed(const std::string& path);
    std::size_t owned_by(unsigned domain) const;
    std::uint64_t generation_of(const std::string& path) const;

    std::map<std::string, Node> nodes_;
    std::map<std::string, std::uint64_t> touched_;  // with the generation at the first touch
    std::set<std::string> dirty_;
    std::vector<Change> changes_;
    std::uint64_t generation_ = 1;
    std::size_t node_quota_ = 1000;
};

std::string parent_of(const std::string& path);

}  // namespace vgpu::fake
