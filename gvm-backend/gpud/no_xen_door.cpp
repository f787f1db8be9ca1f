// The door of a gvm-gpud that was built without Xen's libraries.
#include "base/setup_error.h"
#include "gpud/xen_door.h"

namespace vgpu::gpud {

std::unique_ptr<XenDoor> open_xen_door(daemon::EventLoop&, Contexts&, const Service& service) {
    if (service.options.xen != "on") return nullptr;
    throw SetupError("This gvm-gpud was built without Xen's libraries.",
                     "Install libxen-dev and build it again, or leave --xen out.");
}

}  // namespace vgpu::gpud
