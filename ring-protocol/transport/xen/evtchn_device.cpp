// ioctl, read and write on the event-channel device.
#include "transport/xen/evtchn_device.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>

using domid_t = std::uint16_t;  // as xen/xen.h has it; the kernel's header does not say
#include <xen/evtchn.h>

namespace vgpu::transport::xen {

void notify_port(int fd, std::uint32_t port) {
    ioctl_evtchn_notify notify{port};
    while (::ioctl(fd, IOCTL_EVTCHN_NOTIFY, &notify) < 0 && errno == EINTR) {
    }
}

std::optional<std::uint32_t> take_port(int fd) {
    std::uint32_t port = 0;
    ssize_t count;
    do {
        count = ::read(fd, &port, sizeof(port));
    } while (count < 0 && errno == EINTR);
    if (count != sizeof(port)) return std::nullopt;
    return port;
}

void unmask_port(int fd, std::uint32_t port) {
    while (::write(fd, &port, sizeof(port)) < 0 && errno == EINTR) {
    }
}

unsigned long notify_request() {
    return IOCTL_EVTCHN_NOTIFY;
}

}  // namespace vgpu::transport::xen
