// Workers that are started ahead of their guests: a context then need not wait for its driver.
#pragma once

#include <list>
#include <string>
#include <vector>

#include "daemon/event_loop.h"
#include "gpud/worker_process.h"
#include "worker/start_message.h"

namespace vgpu::gpud {

// Owned by the supervisor's contexts, on its one thread. A spare worker has loaded the driver, has
// entered its jail, and waits to be told a guest. It is told one, once: a context is still a
// process that never served another. Spares count as no contexts.
class SpareWorkers {
  public:
    // `count` of each kind that is kept; 0 keeps none.
    SpareWorkers(daemon::EventLoop& loop, WorkerProgram program, std::uint32_t count);
    ~SpareWorkers();
    SpareWorkers(const SpareWorkers&) = delete;
    SpareWorkers& operator=(const SpareWorkers&) = delete;

    // A worker of that kind: a spare, or a new one, which has not been prepared. Some time later,
    // and not while the guest starts, a spare takes its place. Throws SetupError.
    WorkerProcess take(const worker::Preparation& kind);
    // From now on there are spares of that kind. What fails is logged, and tried again at a take().
    void keep(const worker::Preparation& kind);
    // No more spares; those there are end.
    void close();
    std::size_t count() const { return spares_.size(); }

  private:
    struct Spare {
        worker::Preparation kind;
        WorkerProcess process;
    };
    void end_oldest();
    void add(const worker::Preparation& kind);
    void gone(pid_t pid);

    daemon::EventLoop& loop_;
    const WorkerProgram program_;
    std::uint32_t wanted_;
    std::list<Spare> spares_;
    daemon::EventLoop::TimerId refill_ = 0;
};

}  // namespace vgpu::gpud
