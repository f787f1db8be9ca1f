// Both ends of a local transport in one process, for tests.
#pragma once

#include <sys/eventfd.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <memory>
#include <utility>

#include "base/check.h"
#include "base/unique_fd.h"
#include "ring/layout.h"
#include "transport/guest_transport.h"
#include "transport/local/guest_end.h"
#include "transport/local/host.h"

namespace vgpu::transport {

struct SocketPair {
    SocketPair() {
        int fds[2] = {-1, -1};
        VGPU_CHECK(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) ==
                   0);
        guest = UniqueFd(fds[0]);
        host = UniqueFd(fds[1]);
    }
    UniqueFd guest;
    UniqueFd host;
};

inline Welcome test_welcome() {
    Welcome welcome;
    welcome.memory_limit_bytes = 256 << 20;
    welcome.objects_max = 1 << 20;
    welcome.channels_max = ring::kMaxChannels;
    return welcome;
}

// A context that has been greeted. Destroying an end is that side's death.
struct LocalPair {
    explicit LocalPair(Welcome welcome = test_welcome(),
                       RegionLimits limits = {.channels_max = 32}) {
        SocketPair sockets;
        UniqueFd control = make_sealed_memory(ring::kControlRegionBytes);
        UniqueFd doorbell(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
        Mapping mapping;
        VGPU_CHECK(mapping.map(control.get(), ring::kControlRegionBytes));
        LocalHandover handover{std::move(sockets.host), UniqueFd(::dup(control.get())),
                               UniqueFd(::dup(doorbell.get()))};
        host = std::make_unique<LocalHostTransport>(std::move(handover), limits);
        guest = make_guest_end(std::move(sockets.guest), std::move(doorbell), std::move(control),
                               std::move(mapping), std::move(welcome));
    }
    std::unique_ptr<GuestTransport> guest;
    std::unique_ptr<LocalHostTransport> host;
};

}  // namespace vgpu::transport
