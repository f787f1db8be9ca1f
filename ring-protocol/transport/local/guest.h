// Connects a guest process to the service on the same machine, or to its domain's broker, which
// stands in for a service in another domain.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "transport/guest_transport.h"
#include "transport/messages.h"

namespace vgpu::transport {

// How long the supervisor may take to answer a Hello.
inline constexpr std::chrono::seconds kHelloPatience{10};

// Connects to the service's socket and asks for a context. Throws SetupError, whose text names
// the remedy, when nobody serves there, this user may not connect, the peer is no vgpu service or
// speaks another version, or the service refuses. hello.wants_context is set here.
std::unique_ptr<GuestTransport> connect_local(const std::string& path, Hello hello,
                                              std::chrono::milliseconds patience = kHelloPatience);
// Asks only what the host offers, and throws likewise.
Welcome query_local(const std::string& path, Hello hello,
                    std::chrono::milliseconds patience = kHelloPatience);

}  // namespace vgpu::transport
