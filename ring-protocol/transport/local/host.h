// The worker's end of the local transport.
#pragma once

#include "transport/local/handover.h"
#include "transport/local/request_host.h"

namespace vgpu::transport {

// See RequestHost. The guest itself sends the requests, and the descriptors with them.
class LocalHostTransport final : public RequestHost {
  public:
    // Throws SetupError when the descriptors are not what a LocalArrival hands over.
    LocalHostTransport(LocalHandover guest, const RegionLimits& limits);
    void ring_guest() override { ring_eventfd(doorbell_.get()); }

  private:
    std::string map(const UniqueFd& fd, std::uint64_t bytes, Mapping& mapping) override;
    NewDoorbell make_doorbell(std::vector<UniqueFd>& fds) override;

    UniqueFd doorbell_;
};

}  // namespace vgpu::transport
