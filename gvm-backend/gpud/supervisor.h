// Serves guests through every door, one worker per context, within limits, until told to stop.
#pragma once

#include <memory>

#include "daemon/event_loop.h"
#include "daemon/instance_lock.h"
#include "gpud/contexts.h"
#include "gpud/local_door.h"
#include "gpud/service.h"
#include "gpud/xen_door.h"

namespace vgpu::gpud {

// Owned by main(), which is its one thread. Guests and workers are not trusted. SIGTERM and SIGINT
// end it and every context; if it is killed otherwise, contexts live on, and the next supervisor of
// the same socket counts them, serves those of other domains, and ends all when it is told to stop.
class Supervisor {
  public:
    // Blocks both signals in the calling thread. Throws SetupError.
    explicit Supervisor(Service service);
    // Returns when all is over.
    void run();

  private:
    void stop_signal();

    const Service service_;
    daemon::InstanceLock lock_;
    daemon::EventLoop loop_;
    UniqueFd signals_;
    Contexts contexts_;
    // None once it stops.
    std::unique_ptr<LocalDoor> local_door_;
    std::unique_ptr<XenDoor> xen_door_;
};

}  // namespace vgpu::gpud
