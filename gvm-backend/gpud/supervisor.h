// Serves a machine's guests: one worker per context, within limits, until told to stop.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/event_loop.h"
#include "daemon/greeter.h"
#include "daemon/instance_lock.h"
#include "gpud/context_slots.h"
#include "gpud/worker_process.h"
#include "transport/messages.h"
#include "worker/start_message.h"

namespace vgpu::gpud {

// Constant while the supervisor runs.
struct Service {
    std::string socket;
    std::uint32_t contexts_max = 0;
    std::string worker_program;
    std::vector<std::string> worker_environment;
    worker::HostOptions host;
    worker::JailOptions jail;
    std::string log_level;
    transport::Welcome welcome;
};

// Owned by main(), which is its one thread. Guests and workers are not trusted. SIGTERM and SIGINT
// end it and every context; if it is killed otherwise, the contexts live on, and the next
// supervisor of the same socket counts them and ends them when it is told to stop.
class Supervisor {
  public:
    // Blocks both signals in the calling thread. Throws SetupError.
    explicit Supervisor(Service service);
    // Returns when all is over.
    void run();

  private:
    struct Context {
        pid_t pid = -1;
        UniqueFd process;
        UniqueFd socket;  // none for a worker of an earlier supervisor
    };
    using ContextNumber = std::uint64_t;

    // Has said that it wants a context, and there was no room.
    struct Waiting {
        std::unique_ptr<transport::LocalArrival> arrival;
        std::chrono::steady_clock::time_point until;
    };

    void adopt_survivors();
    void answer(std::unique_ptr<transport::LocalArrival> arrival);
    // Starts contexts for those who wait while there is room, and refuses who waited enough.
    void serve_waiting();
    void refuse_for_room(transport::LocalArrival& arrival);
    void refuse(transport::LocalArrival& arrival, transport::Refusal refusal,
                const std::string& text);
    // Refuses when there can be no worker.
    void try_start_context(transport::LocalArrival& arrival, ContextSlots::Slot slot);
    void start_context(transport::LocalArrival& arrival, ContextSlots::Slot slot);
    void watch(ContextNumber number, const UniqueFd& process);
    void context_ended(ContextNumber number);
    std::string why_ended(Context& context);
    void stop_signal();
    void begin_stop();
    std::optional<std::chrono::milliseconds> patience() const;

    const Service service_;
    daemon::InstanceLock lock_;
    ContextSlots slots_;
    daemon::EventLoop loop_;
    UniqueFd signals_;
    std::unique_ptr<daemon::Greeter> greeter_;  // none once it stops
    std::map<ContextNumber, Context> contexts_;
    std::deque<Waiting> waiting_;  // in the order of their arrival
    ContextNumber last_number_ = 0;
    daemon::LogLimit refusal_log_;
    std::optional<std::chrono::steady_clock::time_point> kill_at_;
};

}  // namespace vgpu::gpud
