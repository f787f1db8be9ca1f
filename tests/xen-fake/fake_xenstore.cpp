// What tests do to the fake xenstore beside its C functions.
#include "xen-fake/fake_xenstore.h"

#include <sys/eventfd.h>

#include <algorithm>

#include "base/check.h"
#include "xen-fake/fake_state.h"

namespace vgpu::fake {

namespace {

thread_local unsigned the_current_domain = 0;

// What an unprivileged domain may only read of its own directory, and what it owns.
Permissions read_only(unsigned domain) {
    return {{0, XS_PERM_NONE}, {domain, XS_PERM_READ}};
}
Permissions owned(unsigned domain) {
    return {{domain, XS_PERM_NONE}};
}

void make(State& state, const std::string& path, const std::string& value,
          const Permissions& permissions) {
    VGPU_CHECK(state.tree.write(0, path, value) == 0);
    VGPU_CHECK(state.tree.set_permissions(0, path, permissions) == 0);
}

std::string home(unsigned domain) {
    return "/local/domain/" + std::to_string(domain);
}

void make_domain(State& state, unsigned domain, const std::string& name) {
    const std::string path = home(domain);
    make(state, path, "", read_only(domain));
    make(state, path + "/name", name, read_only(domain));
    make(state, path + "/domid", std::to_string(domain), read_only(domain));
    make(state, path + "/device", "", read_only(domain));
    make(state, path + "/control", "", read_only(domain));
    make(state, path + "/data", "", owned(domain));
    state.domains.insert(domain);
    fire_watches(state);
}

char letter(int permissions) {
    static constexpr char kLetters[] = {'n', 'r', 'w', 'b'};
    return kLetters[permissions & (XS_PERM_READ | XS_PERM_WRITE)];
}

Permissions parse_permissions(const std::string& text) {
    Permissions permissions;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find(',', begin), text.size());
        const std::size_t flags = std::string("nrwb").find(text.at(begin));
        VGPU_CHECK(flags != std::string::npos);
        const unsigned id = std::stoul(text.substr(begin + 1, end - begin - 1));
        permissions.push_back({id, static_cast<unsigned>(flags)});
        begin = end + 1;
    }
    return permissions;
}

}  // namespace

unsigned current_domain() {
    return the_current_domain;
}

InDomain::InDomain(unsigned domain) : before_(the_current_domain) {
    the_current_domain = domain;
}
InDomain::~InDomain() {
    the_current_domain = before_;
}

void reset_xenstore() {
    State& s = state();
    const std::lock_guard lock(s.mutex);
    VGPU_CHECK(s.handles.empty());
    s.tree = StoreTree();
    s.domains.clear();
    s.failures.clear();
    s.disturbed = 0;
    s.running = true;
    for (const char* path : {"/tool", "/local", "/local/domain", "/vm", "/libxl"}) {
        VGPU_CHECK(s.tree.write(0, path, "") == 0);
    }
    make_domain(s, 0, "Domain-0");
}

void add_domain(unsigned domain, const std::string& name) {
    State& s = state();
    const std::lock_guard lock(s.mutex);
    make_domain(s, domain, name);
    fire_special(s, "@introduceDomain");
}

void remove_domain(unsigned domain) {
    State& s = state();
    const std::lock_guard lock(s.mutex);
    s.domains.erase(domain);
    s.tree.remove(0, home(domain));
    fire_watches(s);
    fire_special(s, "@releaseDomain");
}

std::optional<std::string> read_node(const std::string& path) {
    State& s = state();
    const std::lock_guard lock(s.mutex);
    const auto node = s.tree.nodes().find(path);
    if (node == s.tree.nodes().end()) return std::nullopt;
    return node->second.value;
}

void write_node(const std::string& path, const std::string& value) {
    State& s = state();
    const std::lock_guard lock(s.mutex);
    VGPU_CHECK(s.tree.write(0, path, value) == 0);
    fire_watches(s);
}

void remove_node(const std::string& path) {
    State& s = state();
    const std::lock_guard lock(s.mutex);
    VGPU_CHECK(s.tree.remove(0, path) == 0);
    fire_watches(s);
}

std::string permissions_of(const std::string& path) {
    State& s = state();
    const std::lock_guard lock(s.mutex);
    std::string text;
    for (const xs_permissions& each : s.tree.nodes().at(path).permissions) {
        if (!text.empty()) text += ',';
        text += letter(each.perms) + std::to_string(each.id);
    }
    return text;
}

void set_permissions_of(const std::string& path, const std::string& permissions) {
    State& s = state();
    const std::lock_guard lock(s.mutex);
    VGPU_CHECK(s.tree.set_permissions(0, path, parse_permissions(permissions)) == 0);
    fire_watches(s);
}

std::vector<std::string> nodes_below(const std::string& path) {
    State& s = state();
    const std::lock_guard lock(s.mutex);
    std::vector<std::string> paths;
    for (const auto& [each, node] : s.tree.nodes()) {
        if (each == path || each.compare(0, path.size() + 1, path + "/") == 0)
            paths.push_back(each);
    }
    return paths;
}

void fail(Failure failure) {
    State& s = state();
    const std::lock_guard lock(s.mutex);
    s.failures.push_back(std::move(failure));
}

void forget_failures() {
    State& s = state();
    const std::lock_guard lock(s.mutex);
    s.failures.clear();
}

void disturb_transactions(int count) {
    State& s = state();
    const std::lock_guard lock(s.mutex);
    s.disturbed = count;
}

void set_xenstore_running(bool running) {
    State& s = state();
    const std::lock_guard lock(s.mutex);
    s.running = running;
    for (xs_handle* handle : s.handles) ::eventfd_write(handle->readable.get(), 1);
    s.event_queued.notify_all();
}

void set_node_quota(std::size_t nodes) {
    State& s = state();
    const std::lock_guard lock(s.mutex);
    s.tree.set_node_quota(nodes);
}

OpenThings open_things() {
    State& s = state();
    const std::lock_guard lock(s.mutex);
    OpenThings open{s.handles.size(), 0, 0};
    for (const xs_handle* handle : s.handles) {
        open.watches += handle->watches.size();
        open.transactions += handle->transactions.size();
    }
    return open;
}

}  // namespace vgpu::fake
