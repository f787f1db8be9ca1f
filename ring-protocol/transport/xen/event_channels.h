// Event channels that a daemon binds, for itself or for the process it hands the descriptor to.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "base/unique_fd.h"

struct xenevtchn_handle;

namespace vgpu::transport::xen {

// One open /dev/xen/evtchn and the ports bound on it, which are closed with the last copy of its
// descriptor. Owned by a daemon, on its one thread.
class EventChannels {
  public:
    // With `peer`, as after restrict_to(). Throws SetupError when the device is missing.
    explicit EventChannels(std::optional<std::uint32_t> peer = std::nullopt);

    // From now on the descriptor can bind only what `peer` offers, whoever holds it, and offer
    // nothing more: so Linux has it. False for domain 0, to which Linux restricts nothing.
    bool restrict_to(std::uint32_t peer);

    // A new port of this domain that `domid` may bind to; nothing when there are none left.
    std::optional<std::uint32_t> offer(std::uint32_t domid);
    // This domain's end of a port that `domid` offers; nothing when it offers none to us.
    std::optional<std::uint32_t> bind(std::uint32_t domid, std::uint32_t remote_port);
    void unbind(std::uint32_t port);

    // Readable when a port was rung; to be used with evtchn_device.h.
    int fd() const;
    // For another process; close-on-exec. Empty when descriptors are exhausted.
    UniqueFd duplicate() const;

  private:
    struct Close {
        void operator()(xenevtchn_handle* handle) const;
    };
    std::unique_ptr<xenevtchn_handle, Close> handle_;
};

}  // namespace vgpu::transport::xen
