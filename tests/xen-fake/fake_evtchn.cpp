// The functions of xenevtchn.h and of evtchn_device.h over the table of ports.
#include "xen-fake/fake_evtchn.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

extern "C" {
#include <xenevtchn.h>
}

#include "base/check.h"
#include "transport/xen/evtchn_device.h"
#include "xen-fake/fake_state.h"
#include "xen-fake/port_table.h"

struct xenevtchn_handle {
    vgpu::UniqueFd fd;
};

namespace vgpu::fake {

namespace {

int switched_failure(const char* function) {
    const std::lock_guard lock(state().mutex);
    return state().running ? failure_of(state(), function, "") : 0;
}

// Does `work` under the lock; a switched failure or an errno that it returns makes it -1.
template <typename Work>
int call(const char* function, Work work) {
    int error = switched_failure(function);
    const std::lock_guard lock(port_table().mutex);
    if (error == 0) error = work(port_table());
    errno = error;
    return error == 0 ? 0 : -1;
}

}  // namespace

void reset_event_channels() {
    const std::lock_guard lock(port_table().mutex);
    port_table().clear();
}

std::size_t bound_ports(unsigned domain) {
    const std::lock_guard lock(port_table().mutex);
    return port_table().count(domain);
}

bool is_connected(unsigned domain, std::uint32_t port) {
    const std::lock_guard lock(port_table().mutex);
    port_table().sweep();
    const Port* found = port_table().find({domain, port});
    return found != nullptr && found->peer_port != 0;
}

std::optional<unsigned> restricted_to(int fd) {
    const std::lock_guard lock(port_table().mutex);
    const PortDevice* device = port_table().device_of(fd);
    return device == nullptr ? std::nullopt : device->restricted_to;
}

std::size_t rings_sent(unsigned domain, std::uint32_t port) {
    const std::lock_guard lock(port_table().mutex);
    const Port* found = port_table().find({domain, port});
    return found == nullptr ? 0 : found->rings_sent;
}

void silence_domain(unsigned domain) {
    const std::lock_guard lock(port_table().mutex);
    port_table().silent.insert(domain);
}

bool is_silent(unsigned domain) {
    const std::lock_guard lock(port_table().mutex);
    return port_table().silent.count(domain) != 0;
}

void ring_port(unsigned domain, std::uint32_t port) {
    const std::lock_guard lock(port_table().mutex);
    port_table().ring({domain, port});
}

}  // namespace vgpu::fake

using namespace vgpu::fake;

extern "C" {

xenevtchn_handle* xenevtchn_open(xentoollog_logger*, unsigned) {
    // A pipe whose reader is gone would end the test.
    ::signal(SIGPIPE, SIG_IGN);
    errno = switched_failure("xenevtchn_open");
    int ends[2];
    if (errno != 0 || ::pipe2(ends, O_CLOEXEC) != 0) return nullptr;
    auto handle = std::make_unique<xenevtchn_handle>();
    handle->fd.reset(ends[0]);
    PortDevice device;
    device.domain = current_domain();
    device.write_end.reset(ends[1]);
    struct stat status {};
    VGPU_CHECK(::fstat(ends[0], &status) == 0);
    const std::lock_guard lock(port_table().mutex);
    port_table().add_device(status.st_ino, std::move(device));
    return handle.release();
}

int xenevtchn_close(xenevtchn_handle* handle) {
    delete handle;
    const std::lock_guard lock(port_table().mutex);
    port_table().sweep();
    return 0;
}

int xenevtchn_fd(xenevtchn_handle* handle) {
    return handle->fd.get();
}

int xenevtchn_restrict(xenevtchn_handle* handle, domid_t domain) {
    return call("xenevtchn_restrict", [&](PortTable& table) {
        if (domain == 0) return EINVAL;  // as Linux has it
        auto& restricted_to = table.device_of(handle->fd.get())->restricted_to;
        if (restricted_to) return EACCES;
        restricted_to = domain;
        return 0;
    });
}

xenevtchn_port_or_error_t xenevtchn_bind_unbound_port(xenevtchn_handle* handle, uint32_t domain) {
    std::uint32_t port = 0;
    const int failed = call("xenevtchn_bind_unbound_port", [&](PortTable& table) {
        return table.offer(handle->fd.get(), domain, port);
    });
    return failed ? -1 : static_cast<int>(port);
}

xenevtchn_port_or_error_t xenevtchn_bind_interdomain(xenevtchn_handle* handle, uint32_t domain,
                                                     evtchn_port_t remote_port) {
    std::uint32_t port = 0;
    const int failed = call("xenevtchn_bind_interdomain", [&](PortTable& table) {
        return table.bind(handle->fd.get(), domain, remote_port, port);
    });
    return failed ? -1 : static_cast<int>(port);
}

int xenevtchn_unbind(xenevtchn_handle* handle, evtchn_port_t port) {
    return call("xenevtchn_unbind",
                [&](PortTable& table) { return table.unbind(handle->fd.get(), port); });
}

int xenevtchn_notify(xenevtchn_handle* handle, evtchn_port_t port) {
    vgpu::transport::xen::notify_port(handle->fd.get(), port);
    return 0;
}

}  // extern "C"

namespace vgpu::transport::xen {

void notify_port(int fd, std::uint32_t port) {
    const std::lock_guard lock(port_table().mutex);
    if (port_table().port_on(fd, port) == nullptr) return;
    port_table().ring({port_table().device_of(fd)->domain, port});
}

std::optional<std::uint32_t> take_port(int fd) {
    std::uint32_t port = 0;
    if (::read(fd, &port, sizeof(port)) != sizeof(port)) return std::nullopt;
    return port;
}

void unmask_port(int fd, std::uint32_t port) {
    const std::lock_guard lock(port_table().mutex);
    port_table().unmask(fd, port);
}

unsigned long notify_request() {
    return 0x44504;
}

}  // namespace vgpu::transport::xen
