// Arrivals, by descriptor.
#include "daemon/greeter.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <map>
#include <vector>

#include "daemon/logging.h"

namespace vgpu::daemon {

using transport::LocalArrival;

namespace {
// When no descriptor is left for accept(), and no event of ours tells of a free one.
constexpr std::chrono::milliseconds kRetryAccept{100};
}  // namespace

Greeter::Greeter(EventLoop& loop, const std::string& socket_path, Ready ready)
    : loop_(loop),
      ready_(std::move(ready)),
      listener_(socket_path),
      log_limit_(20, std::chrono::seconds(3)) {
    listen(true);
}

Greeter::~Greeter() {
    listen(false);
    for (const auto& [fd, arrival] : arrivals_) loop_.remove(fd);
}

void Greeter::listen(bool on) {
    if (on == listening_) return;
    listening_ = on;
    if (on) {
        loop_.add(listener_.fd(), [this] { accept_all(); });
    } else {
        loop_.remove(listener_.fd());
    }
}

// Bounded: so many connections at one go that others' events are not kept waiting.
void Greeter::accept_all() {
    bool accepted = false;
    for (std::size_t i = 0; i < kMaxArrivals; ++i) {
        std::unique_ptr<LocalArrival> arrival = listener_.accept();
        if (!arrival) break;
        accepted = true;
        if (arrivals_.size() >= kMaxArrivals) make_room();
        const int fd = arrival->fd();
        loop_.add(fd, [this, fd] { hear(fd); });
        arrivals_[fd] = std::move(arrival);
        // An honest guest has said its Hello already; while it waits here it could lose its place.
        hear(fd);
    }
    // Out of descriptors: a readable listener would keep the loop spinning.
    if (!accepted) listen(false);
}

// Who holds many places loses the oldest of them, and nobody else does.
void Greeter::make_room() {
    std::map<uid_t, std::size_t> places;
    for (const auto& [fd, arrival] : arrivals_) ++places[arrival->peer().uid];
    const auto goes_first = [&](const auto& a, const auto& b) {
        const std::size_t a_has = places[a.second->peer().uid];
        const std::size_t b_has = places[b.second->peer().uid];
        return a_has != b_has ? a_has > b_has : a.second->deadline() < b.second->deadline();
    };
    const auto first = std::min_element(arrivals_.begin(), arrivals_.end(), goes_first);
    loop_.remove(first->first);
    arrivals_.erase(first);
}

void Greeter::hear(int fd) {
    const auto found = arrivals_.find(fd);
    if (found == arrivals_.end()) return;
    LocalArrival& arrival = *found->second;
    switch (arrival.advance()) {
        case LocalArrival::State::Waiting:
            return;
        case LocalArrival::State::Ready:
            // Its descriptor may be handed over, so the loop lets go of it first.
            loop_.remove(fd);
            ready_(std::move(found->second));
            break;
        case LocalArrival::State::Ended:
            if (log_limit_.allow()) {
                spdlog::warn("Process {} (user {}) connects in vain: {}", arrival.peer().pid,
                             arrival.peer().uid, loggable(arrival.why_ended()));
                if (const auto held = log_limit_.take_held_back()) {
                    spdlog::warn("{} such lines were left out.", held);
                }
            }
            loop_.remove(fd);
            break;
    }
    arrivals_.erase(fd);
    listen(true);
}

std::optional<std::chrono::milliseconds> Greeter::patience() const {
    std::optional<LocalArrival::Clock::time_point> first;
    for (const auto& [fd, arrival] : arrivals_) {
        if (!first || arrival->deadline() < *first) first = arrival->deadline();
    }
    if (!first && listening_) return std::nullopt;
    if (!first) return kRetryAccept;
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(*first - LocalArrival::Clock::now());
    return std::max(left, std::chrono::milliseconds(0));
}

void Greeter::check_deadlines() {
    std::vector<int> late;
    const auto now = LocalArrival::Clock::now();
    for (const auto& [fd, arrival] : arrivals_) {
        if (arrival->deadline() <= now) late.push_back(fd);
    }
    for (const int fd : late) hear(fd);
    if (arrivals_.empty()) listen(true);
}

}  // namespace vgpu::daemon
