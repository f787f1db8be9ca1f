// What the fake xenstore's C functions and its test functions share.
#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <utility>

#include "base/unique_fd.h"
#include "xen-fake/fake_xenstore.h"
#include "xen-fake/store_tree.h"

struct xs_handle {
    struct Watch {
        std::string path;  // as given
        std::string absolute;
        std::string token;
    };
    using Event = std::pair<std::string, std::string>;  // path, token

    unsigned domain = 0;
    vgpu::UniqueFd readable;  // an eventfd, readable while events are queued
    std::vector<Watch> watches;
    std::deque<Event> events;
    std::map<xs_transaction_t, vgpu::fake::StoreTree> transactions;
};

namespace vgpu::fake {

// One for the process, as there is one xenstored for a machine. `mutex` guards all of it.
struct State {
    std::mutex mutex;
    std::condition_variable event_queued;
    StoreTree tree;
    std::set<xs_handle*> handles;
    std::set<unsigned> domains;
    std::vector<Failure> failures;
    int disturbed = 0;
    bool running = true;
    xs_transaction_t next_transaction = 1;
};
State& state();

unsigned current_domain();
// The errno with which this call is to fail, or 0.
int failure_of(State& state, const std::string& function, const std::string& path);
void queue_event(xs_handle& handle, const xs_handle::Watch& watch, const std::string& path);
// Tells watches of what has changed in the tree.
void fire_watches(State& state);
// "@releaseDomain" and "@introduceDomain": domain 0 alone is told.
void fire_special(State& state, const std::string& name);

}  // namespace vgpu::fake
