// Lets in the guests of other domains: finds their vgpu devices in xenstore.
#pragma once

#include <memory>

#include "daemon/event_loop.h"
#include "gpud/contexts.h"
#include "gpud/service.h"

namespace vgpu::gpud {

// Owned by the supervisor, on its one thread, until all contexts have ended.
class XenDoor {
  public:
    virtual ~XenDoor() = default;
    // Closes every device: no more contexts, and those that run are ended.
    virtual void close() = 0;
};

// Null where there is nothing of Xen's to serve (see Options::xen). Throws SetupError when it is
// asked for and cannot be, and when this gvm-gpud was built without Xen's libraries.
std::unique_ptr<XenDoor> open_xen_door(daemon::EventLoop& loop, Contexts& contexts,
                                       const Service& service);

}  // namespace vgpu::gpud
