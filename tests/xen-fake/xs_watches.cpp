// The functions of xenstore.h over the fake store: watches.
#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "xen-fake/fake_state.h"

using namespace vgpu::fake;

namespace {

constexpr std::size_t kWatchesOfGuest = 128;

int check_watch(State& s, const xs_handle& h, const xs_handle::Watch& watch) {
    if (watch.absolute.empty()) return EINVAL;
    if (const int error = failure_of(s, "xs_watch", watch.absolute)) return error;
    for (const xs_handle::Watch& each : h.watches) {
        if (each.absolute == watch.absolute && each.token == watch.token) return EEXIST;
    }
    return h.domain != 0 && h.watches.size() >= kWatchesOfGuest ? E2BIG : 0;
}

std::string watched_path(unsigned domain, const char* path) {
    return path[0] == '@' ? path : absolute_path(domain, path);
}

// The oldest event as the C functions hand it out. There must be one.
char** take_event(xs_handle& h) {
    const auto [path, token] = h.events.front();
    h.events.pop_front();
    eventfd_t count;
    if (h.events.empty()) ::eventfd_read(h.readable.get(), &count);
    const std::size_t pointers = 2 * sizeof(char*);
    char** block = static_cast<char**>(std::malloc(pointers + path.size() + token.size() + 2));
    block[XS_WATCH_PATH] = reinterpret_cast<char*>(block) + pointers;
    block[XS_WATCH_TOKEN] = block[XS_WATCH_PATH] + path.size() + 1;
    std::strcpy(block[XS_WATCH_PATH], path.c_str());
    std::strcpy(block[XS_WATCH_TOKEN], token.c_str());
    return block;
}

// Of a watch that is gone no event is to come any more.
void forget_events(xs_handle& h, const std::string& token) {
    const auto gone = [&](const xs_handle::Event& event) { return event.second == token; };
    h.events.erase(std::remove_if(h.events.begin(), h.events.end(), gone), h.events.end());
    eventfd_t count;
    if (h.events.empty()) ::eventfd_read(h.readable.get(), &count);
}

}  // namespace

extern "C" {

// As xenstored does, it tells of the path once at the start.
bool xs_watch(xs_handle* h, const char* path, const char* token) {
    State& s = state();
    const std::lock_guard lock(s.mutex);
    const xs_handle::Watch watch{path, watched_path(h->domain, path), token};
    errno = check_watch(s, *h, watch);
    if (errno) return false;
    h->watches.push_back(watch);
    queue_event(*h, watch, path);
    return true;
}

bool xs_unwatch(xs_handle* h, const char* path, const char* token) {
    State& s = state();
    const std::lock_guard lock(s.mutex);
    errno = failure_of(s, "xs_unwatch", path);
    if (errno) return false;
    const std::string absolute = watched_path(h->domain, path);
    const auto found = std::find_if(h->watches.begin(), h->watches.end(), [&](const auto& watch) {
        return watch.absolute == absolute && watch.token == token;
    });
    errno = found == h->watches.end() ? ENOENT : 0;
    if (errno) return false;
    h->watches.erase(found);
    if (std::none_of(h->watches.begin(), h->watches.end(),
                     [&](const auto& watch) { return watch.token == token; })) {
        forget_events(*h, token);
    }
    return true;
}

int xs_fileno(xs_handle* h) {
    return h->readable.get();
}

char** xs_check_watch(xs_handle* h) {
    State& s = state();
    const std::lock_guard lock(s.mutex);
    errno = failure_of(s, "xs_check_watch", "");
    if (!errno && h->events.empty()) errno = EAGAIN;
    return errno ? nullptr : take_event(*h);
}

char** xs_read_watch(xs_handle* h, unsigned* num) {
    State& s = state();
    std::unique_lock lock(s.mutex);
    s.event_queued.wait(lock, [&] { return !h->events.empty() || !s.running; });
    errno = failure_of(s, "xs_read_watch", "");
    if (errno) return nullptr;
    *num = 2;
    return take_event(*h);
}

}  // extern "C"
