// The one store of the process, and its watches.
#include "xen-fake/fake_state.h"

#include <algorithm>

#include <sys/eventfd.h>

namespace vgpu::fake {

namespace {

bool is_below(const std::string& path, const std::string& above) {
    if (above == "/" || path == above) return true;
    return path.size() > above.size() && path[above.size()] == '/' &&
           path.compare(0, above.size(), above) == 0;
}

bool may_see(unsigned domain, const Change& change) {
    return std::any_of(change.seen_by.begin(), change.seen_by.end(), [&](const Permissions& each) {
        return allowed(domain, each) & XS_PERM_READ;
    });
}

void tell(xs_handle& handle, const Change& change) {
    if (!may_see(handle.domain, change)) return;
    for (const xs_handle::Watch& watch : handle.watches) {
        const bool meant =
            change.exact ? change.path == watch.absolute : is_below(change.path, watch.absolute);
        if (!meant) continue;
        // A watch on a relative path is told relative paths.
        const bool relative = watch.path[0] != '/';
        const std::size_t cut = watch.absolute.size() - watch.path.size();
        queue_event(handle, watch, relative ? change.path.substr(cut) : change.path);
    }
}

}  // namespace

State& state() {
    static State state;
    return state;
}

int failure_of(State& state, const std::string& function, const std::string& path) {
    if (!state.running) return EIO;
    for (Failure& failure : state.failures) {
        if (failure.times == 0) continue;
        if (!failure.function.empty() && failure.function != function) continue;
        if (path.compare(0, failure.path.size(), failure.path) != 0) continue;
        if (failure.skip > 0) {
            --failure.skip;
            continue;
        }
        --failure.times;
        return failure.error;
    }
    return 0;
}

void queue_event(xs_handle& handle, const xs_handle::Watch& watch, const std::string& path) {
    handle.events.emplace_back(path, watch.token);
    ::eventfd_write(handle.readable.get(), 1);
    state().event_queued.notify_all();
}

void fire_watches(State& state) {
    for (const Change& change : state.tree.take_changes()) {
        for (xs_handle* handle : state.handles) tell(*handle, change);
    }
}

void fire_special(State& state, const std::string& name) {
    for (xs_handle* handle : state.handles) {
        for (const xs_handle::Watch& watch : handle->watches) {
            if (watch.path == name && handle->domain == 0) queue_event(*handle, watch, name);
        }
    }
}

}  // namespace vgpu::fake
