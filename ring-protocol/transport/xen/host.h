// The worker's end of the Xen transport.
#pragma once

#include "transport/local/request_host.h"
#include "transport/xen/handover.h"

namespace vgpu::transport::xen {

// See RequestHost. The supervisor sends the requests, checked, for a guest that is not trusted; the
// worker itself can map no grant and bind no event channel. It needs one more system call: ioctl
// with notify_request(). When its supervisor dies, it waits for the next.
class XenHostTransport final : public RequestHost {
  public:
    // Throws SetupError when the control region cannot be mapped.
    XenHostTransport(XenHandover guest, const RegionLimits& limits);
    void ring_guest() override;

  private:
    std::string map(const UniqueFd& fd, std::uint64_t bytes, Mapping& mapping) override;
    NewDoorbell make_doorbell(std::vector<UniqueFd>& fds) override;

    UniqueFd bell_;
    const std::uint32_t bell_port_;
};

}  // namespace vgpu::transport::xen
