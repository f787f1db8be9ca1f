// Arrivals, by descriptor.
#include "gpud/greeter.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <vector>

#include "worker/logging.h"

namespace vgpu::gpud {

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
    while (arrivals_.size() < kMaxArrivals) {
        std::unique_ptr<LocalArrival> arrival = listener_.accept();
        if (!arrival) break;
        accepted = true;
        const int fd = arrival->fd();
        arrivals_[fd] = std::move(arrival);
        loop_.add(fd, [this, fd] { hear(fd); });
    }
    // Full, or out of descriptors: a readable listener would keep the loop spinning.
    if (arrivals_.size() >= kMaxArrivals || !accepted) listen(false);
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
            ready_(arrival);
            break;
        case LocalArrival::State::Ended:
            if (log_limit_.allow()) {
                spdlog::warn("Process {} (user {}) connects in vain: {}", arrival.peer().pid,
                             arrival.peer().uid, worker::loggable(arrival.why_ended()));
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

}  // namespace vgpu::gpud
