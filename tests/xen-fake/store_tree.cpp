// Permissions and quotas follow xenstored_core.c of Xen 4.17.
#include "xen-fake/store_tree.h"

#include <cerrno>
#include <cstring>

namespace vgpu::fake {

namespace {

constexpr std::size_t kPayloadBytes = 4096;  // XENSTORE_PAYLOAD_MAX
constexpr std::size_t kEntryBytes = 2048;    // a domain's quota for one node

std::string below(const std::string& path) {
    return path == "/" ? path : path + "/";
}

}  // namespace

int allowed(unsigned domain, const Permissions& permissions) {
    constexpr int kAll = XS_PERM_READ | XS_PERM_WRITE | kPermOwner;
    if (domain == 0 || permissions.at(0).id == domain) return kAll;
    for (std::size_t i = 1; i < permissions.size(); ++i) {
        if (permissions[i].id == domain) return permissions[i].perms;
    }
    return permissions[0].perms;
}

std::string absolute_path(unsigned domain, const std::string& path) {
    static constexpr const char* kAllowed =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-/_@";
    const bool relative = path.empty() || path[0] != '/';
    if (path.empty() || path.size() > (relative ? 2048 : 3072)) return {};
    if (path.find_first_not_of(kAllowed) != std::string::npos) return {};
    if (path.find("//") != std::string::npos || (path.size() > 1 && path.back() == '/')) return {};
    return relative ? "/local/domain/" + std::to_string(domain) + "/" + path : path;
}

std::string parent_of(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    return slash == 0 ? "/" : path.substr(0, slash);
}

StoreTree::StoreTree() {
    nodes_["/"] = {"", {{0, XS_PERM_NONE}}, 1};
}

Node* StoreTree::find(const std::string& path) {
    touched_.emplace(path, generation_of(path));
    const auto found = nodes_.find(path);
    return found == nodes_.end() ? nullptr : &found->second;
}

std::uint64_t StoreTree::generation_of(const std::string& path) const {
    const auto found = nodes_.find(path);
    return found == nodes_.end() ? 0 : found->second.generation;
}

// Whether a missing node is missing is told only to those who may look at the nearest one above.
int StoreTree::look_up(unsigned domain, const std::string& path, int wanted, Node*& node) {
    node = find(path);
    if (node) return (allowed(domain, node->permissions) & wanted) == wanted ? 0 : EACCES;
    std::string above = parent_of(path);
    while (nodes_.count(above) == 0) above = parent_of(above);
    return (allowed(domain, nodes_.at(above).permissions) & wanted) == wanted ? ENOENT : EACCES;
}

void StoreTree::changed(const std::string& path) {
    nodes_.at(path).generation = ++generation_;
    dirty_.insert(path);
}

std::size_t StoreTree::owned_by(unsigned domain) const {
    std::size_t count = 0;
    for (const auto& [path, node] : nodes_) count += node.permissions[0].id == domain;
    return count;
}

// Makes the missing ones above as well. Permissions come from above; what a guest makes it owns.
int StoreTree::create(unsigned domain, const std::string& path, const std::string& value) {
    const std::string above = parent_of(path);
    if (!find(above)) {
        if (const int error = create(domain, above, "")) return error;
    }
    if (domain != 0 && owned_by(domain) >= node_quota_) return ENOSPC;
    Node node{value, nodes_.at(above).permissions, 0};
    if (domain != 0) node.permissions[0].id = domain;
    nodes_[path] = node;
    changed(path);
    changed(above);
    return 0;
}

int StoreTree::read(unsigned domain, const std::string& path, std::string& value) {
    Node* node = nullptr;
    if (const int error = look_up(domain, path, XS_PERM_READ, node)) return error;
    value = node->value;
    return 0;
}

int StoreTree::write(unsigned domain, const std::string& path, const std::string& value) {
    if (path.size() + 1 + value.size() > kPayloadBytes) return E2BIG;
    if (domain != 0 && value.size() > kEntryBytes) return ENOSPC;
    Node* node = nullptr;
    int error = look_up(domain, path, XS_PERM_WRITE, node);
    if (error == ENOENT) {
        error = create(domain, path, value);
    } else if (error == 0) {
        node->value = value;
        changed(path);
    }
    if (error) return error;
    changes_.push_back({path, false, {nodes_.at(path).permissions}});
    return 0;
}

int StoreTree::make(unsigned domain, const std::string& path) {
    Node* node = nullptr;
    const int error = look_up(domain, path, XS_PERM_WRITE, node);
    if (error == 0) return 0;
    return error == ENOENT ? write(domain, path, "") : error;
}

void StoreTree::erase_below(const std::string& path) {
    const std::string prefix = below(path);
    for (auto node = nodes_.lower_bound(prefix);
         node != nodes_.end() && node->first.compare(0, prefix.size(), prefix) == 0;) {
        touched_.emplace(node->first, node->second.generation);
        dirty_.insert(node->first);
        changes_.push_back({node->first, true, {node->second.permissions}});
        node = nodes_.erase(node);
    }
}

int StoreTree::remove(unsigned domain, const std::string& path) {
    if (path == "/") return EINVAL;
    Node* node = nullptr;
    const int error = look_up(domain, path, XS_PERM_WRITE, node);
    if (error == ENOENT && find(parent_of(path))) return 0;
    if (error) return error;
    changes_.push_back({path, false, {node->permissions, nodes_.at(parent_of(path)).permissions}});
    erase_below(path);
    nodes_.erase(path);
    dirty_.insert(path);
    find(parent_of(path));
    changed(parent_of(path));
    return 0;
}

int StoreTree::list(unsigned domain, const std::string& path, std::vector<std::string>& names) {
    Node* node = nullptr;
    if (const int error = look_up(domain, path, XS_PERM_READ, node)) return error;
    const std::string prefix = below(path);
    for (auto child = nodes_.upper_bound(prefix);
         child != nodes_.end() && child->first.compare(0, prefix.size(), prefix) == 0; ++child) {
        const std::string name = child->first.substr(prefix.size());
        if (name.find('/') == std::string::npos) names.push_back(name);
    }
    return 0;
}

int StoreTree::permissions(unsigned domain, const std::string& path, Permissions& permissions) {
    Node* node = nullptr;
    if (const int error = look_up(domain, path, XS_PERM_READ, node)) return error;
    permissions = node->permissions;
    return 0;
}

int StoreTree::set_permissions(unsigned domain, const std::string& path,
                               const Permissions& permissions) {
    if (permissions.empty()) return EINVAL;
    Node* node = nullptr;
    if (const int error = look_up(domain, path, XS_PERM_WRITE | kPermOwner, node)) return error;
    if (domain != 0 && permissions[0].id != node->permissions[0].id) return EPERM;
    changes_.push_back({path, false, {node->permissions, permissions}});
    node->permissions = permissions;
    changed(path);
    return 0;
}

std::vector<Change> StoreTree::take_changes() {
    touched_.clear();
    dirty_.clear();
    return std::move(changes_);
}

StoreTree StoreTree::snapshot() const {
    StoreTree copy = *this;
    copy.take_changes();
    return copy;
}

int StoreTree::commit(StoreTree& transaction) {
    for (const auto& [path, generation] : transaction.touched_) {
        if (generation_of(path) != generation) return EAGAIN;
    }
    for (const std::string& path : transaction.dirty_) {
        const auto node = transaction.nodes_.find(path);
        if (node == transaction.nodes_.end()) {
            nodes_.erase(path);
        } else {
            nodes_[path] = node->second;
            nodes_[path].generation = ++generation_;
        }
    }
    changes_ = std::move(transaction.changes_);
    return 0;
}

}  // namespace vgpu::fake
