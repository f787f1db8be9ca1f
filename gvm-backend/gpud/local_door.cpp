// Hello, a place, a worker, Welcome.
#include "gpud/local_door.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <exception>
#include <stdexcept>

#include "daemon/logging.h"
#include "worker/account.h"

namespace vgpu::gpud {

namespace {

// How long a guest waits for room. A program's context ends some milliseconds after the program,
// and who starts another one right then is not one too many.
constexpr std::chrono::milliseconds kRoomPatience{500};
constexpr std::size_t kMaxWaiting = daemon::Greeter::kMaxArrivals;

}  // namespace

LocalDoor::LocalDoor(daemon::EventLoop& loop, Contexts& contexts, const Service& service)
    : contexts_(contexts),
      service_(service),
      greeter_(
          loop, service.options.socket,
          [this](std::unique_ptr<transport::LocalArrival> arrival) { answer(std::move(arrival)); }),
      refusal_log_(20, std::chrono::seconds(3)) {
    contexts_.expect(kind());
}

worker::Preparation LocalDoor::kind() const {
    return {service_.gpu.host.gpu, service_.gpu.jail, service_.options.log_level};
}

std::optional<std::chrono::milliseconds> LocalDoor::patience() const {
    std::optional<std::chrono::milliseconds> patience = greeter_.patience();
    if (waiting_.empty()) return patience;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(
        waiting_.front().until - std::chrono::steady_clock::now());
    return std::max(std::min(patience.value_or(left), left), left.zero());
}

void LocalDoor::check_deadlines() {
    greeter_.check_deadlines();
    serve_waiting();
}

void LocalDoor::answer(std::unique_ptr<transport::LocalArrival> arrival) {
    if (!arrival->hello().wants_context) {
        arrival->answer(service_.welcome);
        return;
    }
    waiting_.push_back({std::move(arrival), std::chrono::steady_clock::now() + kRoomPatience});
}

void LocalDoor::serve_waiting() {
    while (!waiting_.empty()) {
        const Waiting& first = waiting_.front();
        if (std::optional<ContextSlots::Slot> place = contexts_.take_place()) {
            start(*first.arrival, std::move(*place));
        } else if (waiting_.size() > kMaxWaiting ||
                   first.until <= std::chrono::steady_clock::now()) {
            refuse_for_room(*first.arrival);
        } else {
            return;
        }
        waiting_.pop_front();
    }
}

void LocalDoor::refuse_for_room(transport::LocalArrival& arrival) {
    refuse(arrival, transport::Refusal::TooManyContexts,
           "The service runs " + std::to_string(contexts_.count()) +
               " contexts already, and at most " + std::to_string(contexts_.max()) +
               ". End another program that uses Vulkan, or ask the administrator to raise "
               "--contexts-max.");
}

void LocalDoor::refuse(transport::LocalArrival& arrival, transport::Refusal refusal,
                       const std::string& text) {
    arrival.answer(transport::refuse(refusal, text));
    if (refusal_log_.allow()) {
        spdlog::warn("Refused {} (process {}, user {}): {}",
                     daemon::loggable(arrival.hello().application), arrival.peer().pid,
                     arrival.peer().uid, text);
    }
}

void LocalDoor::start(transport::LocalArrival& arrival, ContextSlots::Slot place) {
    try {
        std::optional<worker::Account> account = worker::Account::make();
        if (!account) throw std::runtime_error("There is no memory for the context's account.");
        account->page().memory_limit_bytes = service_.gpu.host.memory_limit_bytes;
        account->page().lines_used = 1;
        const std::string who = daemon::loggable(arrival.hello().application) + ", process " +
                                std::to_string(arrival.peer().pid) + ", user " +
                                std::to_string(arrival.peer().uid);
        const Contexts::Number number = contexts_.begin(std::move(place), kind(), who, nullptr);
        // From here on a failure is the worker's end: it sees its guest gone.
        arrival.answer(service_.welcome);
        contexts_.hand_over(number,
                            {service_.gpu.host, service_.gpu.jail, {}, service_.options.log_level},
                            arrival.hand_over(), account->take_fd());
    } catch (const std::exception& error) {
        refuse(arrival, transport::Refusal::Internal, error.what());
    }
}

}  // namespace vgpu::gpud
