// Event channels for tests without Xen: defines the functions of xenevtchn.h and of
// transport/xen/evtchn_device.h over pipes, for all domains in one process.
//
// Link the dependency `fake_xen`. A handle belongs to the domain that its thread is in when it is
// opened (InDomain of fake_xenstore.h); its descriptor may be duplicated and passed on, and its
// ports are closed with the last copy. Failures are switched by fail() of fake_xenstore.h: function
// "xenevtchn_open", and so on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace vgpu::fake {

// Forgets all ports. Handles must be closed before.
void reset_event_channels();

// Ports of a domain that somebody holds still.
std::size_t bound_ports(unsigned domain);
// Whether another domain is bound to this port.
bool is_connected(unsigned domain, std::uint32_t port);
// The domain that a descriptor was restricted to.
std::optional<unsigned> restricted_to(int fd);
// How often the port's other end was rung.
std::size_t rings_sent(unsigned domain, std::uint32_t port);
// From now on nothing of this domain rings anybody, and no page is cleared when it unmaps: as if it
// had been destroyed. Until reset_event_channels().
void silence_domain(unsigned domain);
bool is_silent(unsigned domain);

// What the kernel does with a port: its other end is rung, or, when there is none, nothing happens.
void ring_port(unsigned domain, std::uint32_t port);

}  // namespace vgpu::fake
