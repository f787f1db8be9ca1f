// Lets in the guests of this machine: processes that connect to the service's socket.
#pragma once

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "daemon/event_loop.h"
#include "daemon/greeter.h"
#include "daemon/log_limit.h"
#include "gpud/contexts.h"
#include "gpud/service.h"

namespace vgpu::gpud {

// Owned by the supervisor, on its one thread. Guests are not trusted.
class LocalDoor {
  public:
    // Throws SetupError when the socket cannot be listened on.
    LocalDoor(daemon::EventLoop& loop, Contexts& contexts, const Service& service);

    // Until the next deadline; empty when nobody is waited for.
    std::optional<std::chrono::milliseconds> patience() const;
    // To be called after each turn of the loop.
    void check_deadlines();

  private:
    // Has said that it wants a context, and there was no room.
    struct Waiting {
        std::unique_ptr<transport::LocalArrival> arrival;
        std::chrono::steady_clock::time_point until;
    };

    // Of the workers that its guests get.
    worker::Preparation kind() const;
    void answer(std::unique_ptr<transport::LocalArrival> arrival);
    // Starts contexts for those who wait while there is room, and refuses who waited enough.
    void serve_waiting();
    void refuse_for_room(transport::LocalArrival& arrival);
    void refuse(transport::LocalArrival& arrival, transport::Refusal refusal,
                const std::string& text);
    // Refuses when there can be no worker.
    void start(transport::LocalArrival& arrival, ContextSlots::Slot place);

    Contexts& contexts_;
    const Service& service_;
    daemon::Greeter greeter_;
    std::deque<Waiting> waiting_;  // in the order of their arrival
    daemon::LogLimit refusal_log_;
};

}  // namespace vgpu::gpud
