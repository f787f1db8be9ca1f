// Granted pages and event channels, by descriptors that the supervisor opened.
#include "transport/xen/host.h"

#include <poll.h>
#include <sys/eventfd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "ring/layout.h"
#include "transport/xen/evtchn_device.h"

namespace vgpu::transport::xen {

namespace {

// A port that was rung stays masked until it is taken here: a storm of bells is one wake-up.
class PortDoorbell final : public ChannelDoorbell {
  public:
    explicit PortDoorbell(UniqueFd device)
        : device_(std::move(device)), stop_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}
    bool works() const { return device_ && stop_; }

    bool wait(std::optional<std::chrono::milliseconds> limit) override {
        pollfd polls[2] = {{device_.get(), POLLIN, 0}, {stop_.get(), POLLIN, 0}};
        const int found = ::poll(polls, 2, limit ? static_cast<int>(limit->count()) : -1);
        if (found <= 0) return found != 0;
        if (const std::optional<std::uint32_t> port = take_port(device_.get()))
            unmask_port(device_.get(), *port);
        return true;
    }
    void stop() override { ring_eventfd(stop_.get()); }

  private:
    UniqueFd device_;
    UniqueFd stop_;
};

}  // namespace

XenHostTransport::XenHostTransport(XenHandover guest, const RegionLimits& limits)
    : RequestHost(std::move(guest.socket), limits, {std::move(guest.successors), guest.patience}),
      bell_(std::move(guest.bell)),
      bell_port_(guest.bell_port) {
    Mapping mapping;
    const std::string why = map(guest.control, ring::kControlRegionBytes, mapping);
    set_control(why, std::move(mapping));
}

void XenHostTransport::ring_guest() {
    notify_port(bell_.get(), bell_port_);
}

std::string XenHostTransport::map(const UniqueFd& fd, std::uint64_t bytes, Mapping& mapping) {
    if (bytes == 0 || bytes % ring::kPageBytes != 0)
        return "A region of " + std::to_string(bytes) + " bytes is no whole number of pages.";
    if (mapping.map(fd.get(), bytes)) return {};
    // The hypervisor looks at the references only now.
    return "Mapping " + std::to_string(bytes / ring::kPageBytes) +
           " granted pages fails: " + std::strerror(errno) +
           ". Are they granted to this domain, and has it maptrack frames left "
           "(max_maptrack_frames)?";
}

RequestHost::NewDoorbell XenHostTransport::make_doorbell(std::vector<UniqueFd>& fds) {
    if (fds.size() != 1) return {"A channel comes with one descriptor.", nullptr, {}};
    auto doorbell = std::make_unique<PortDoorbell>(std::move(fds.front()));
    if (!doorbell->works())
        return {std::string("Making a doorbell fails: ") + std::strerror(errno) + ".", nullptr, {}};
    return {{}, std::move(doorbell), {}};
}

}  // namespace vgpu::transport::xen
