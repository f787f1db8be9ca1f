// The contexts that run: a worker process each, started, watched, counted and ended.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "daemon/event_loop.h"
#include "gpud/context_slots.h"
#include "gpud/spare_workers.h"
#include "gpud/worker_process.h"
#include "worker/start_message.h"

namespace vgpu::gpud {

// Owned by the supervisor, on its one thread. Workers are not trusted: an owned one says what it
// likes, and ends when it is told to or is killed.
class Contexts {
  public:
    using Number = std::uint64_t;
    // Called once for each context that began, with a sentence; from the loop, never from within a
    // call here.
    using Ended = std::function<void(Number number, const std::string& why)>;

    // `directory` counts contexts over restarts: those of an earlier supervisor count here too.
    // Throws SetupError.
    Contexts(daemon::EventLoop& loop, WorkerProgram program, std::string directory,
             std::uint32_t max, std::uint32_t spare_workers = 0);
    Contexts(const Contexts&) = delete;
    Contexts& operator=(const Contexts&) = delete;

    std::size_t count() const { return contexts_.size(); }
    std::uint32_t max() const { return max_; }
    // A place for one more; nothing when all are taken.
    std::optional<ContextSlots::Slot> take_place();
    // From now on workers of that kind are started ahead.
    void expect(const worker::Preparation& kind) { spares_.keep(kind); }
    // No more contexts will begin.
    void expect_none() { spares_.close(); }
    // Starts a worker, or takes one that was, which waits to be told its guest. `who` is for the
    // log, and loggable; the owner is for the next supervisor. Throws SetupError.
    Number begin(ContextSlots::Slot place, const worker::Preparation& kind, const std::string& who,
                 Ended ended, const std::optional<ContextSlots::Owner>& owner = {});
    // Tells the worker its guest; the label is filled in here. `account` is the descriptor of its
    // domain's. When that fails the context ends.
    void hand_over(Number number, worker::StartMessage start, transport::Handover guest,
                   UniqueFd account);
    // The worker may have so much memory from now on; 0: as much as there is. What it has already
    // stays.
    void limit_memory(Number number, std::uint64_t bytes);
    // SIGTERM, and SIGKILL when that is not heard.
    void end(Number number);
    void end_all();
    void kill_all();

    // Contexts of an earlier supervisor, of this device of another domain.
    struct Survivor {
        Number number = 0;
        ContextSlots::Owner owner;
    };
    std::vector<Survivor> survivors_of(std::uint32_t domid, std::uint32_t device) const;
    // Somebody speaks for it again.
    void adopt(Number number, Ended ended);
    // A new line to its worker; empty when it takes none.
    UniqueFd connect(Number number) const;
    // Ends those of other domains for which nobody speaks.
    void end_orphans();
    const ContextSlots& slots() const { return slots_; }

  private:
    struct Context {
        pid_t pid = -1;
        UniqueFd process;
        UniqueFd socket;  // none for a worker of an earlier supervisor
        UniqueFd slot;    // until it is handed over
        Ended ended;
        daemon::EventLoop::TimerId kill_timer = 0;
        std::uint32_t place = 0;
        std::optional<ContextSlots::Owner> owner;
    };

    void adopt_survivors();
    void watch(Number number, const UniqueFd& process);
    void gone(Number number);

    daemon::EventLoop& loop_;
    const std::uint32_t max_;
    ContextSlots slots_;
    SpareWorkers spares_;
    std::map<Number, Context> contexts_;
    Number last_number_ = 0;
};

}  // namespace vgpu::gpud
