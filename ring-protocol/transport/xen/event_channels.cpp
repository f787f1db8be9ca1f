// libxenevtchn, with owners.
#include "transport/xen/event_channels.h"

#include <fcntl.h>

extern "C" {  // which the header does not say itself
#include <xenevtchn.h>
}

#include <cerrno>
#include <cstring>
#include <string>

#include "base/setup_error.h"

namespace vgpu::transport::xen {

namespace {

[[noreturn]] void explain(const char* doing) {
    throw SetupError(std::string(doing) + " fails: " + std::strerror(errno) + ".",
                     "Load the module xen_evtchn, and run this as root (/dev/xen/evtchn).");
}

std::optional<std::uint32_t> port_of(xenevtchn_port_or_error_t result) {
    if (result < 0) return std::nullopt;
    return static_cast<std::uint32_t>(result);
}

}  // namespace

void EventChannels::Close::operator()(xenevtchn_handle* handle) const {
    ::xenevtchn_close(handle);
}

EventChannels::EventChannels(std::optional<std::uint32_t> peer)
    : handle_(::xenevtchn_open(nullptr, 0)) {
    if (!handle_) explain("Opening the event-channel device");
    if (peer && !restrict_to(*peer)) explain("Restricting event channels to one domain");
    const int flags = ::fcntl(fd(), F_GETFL);
    if (flags < 0 || ::fcntl(fd(), F_SETFL, flags | O_NONBLOCK) != 0)
        explain("Making the event-channel device non-blocking");
}

bool EventChannels::restrict_to(std::uint32_t peer) {
    return ::xenevtchn_restrict(handle_.get(), static_cast<domid_t>(peer)) == 0;
}

std::optional<std::uint32_t> EventChannels::offer(std::uint32_t domid) {
    return port_of(::xenevtchn_bind_unbound_port(handle_.get(), domid));
}

std::optional<std::uint32_t> EventChannels::bind(std::uint32_t domid, std::uint32_t remote_port) {
    return port_of(::xenevtchn_bind_interdomain(handle_.get(), domid, remote_port));
}

void EventChannels::unbind(std::uint32_t port) {
    ::xenevtchn_unbind(handle_.get(), port);
}

int EventChannels::fd() const {
    return ::xenevtchn_fd(handle_.get());
}

UniqueFd EventChannels::duplicate() const {
    return UniqueFd(::fcntl(fd(), F_DUPFD_CLOEXEC, 0));
}

}  // namespace vgpu::transport::xen
