// The worker's end of the local transport.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>

#include "base/unique_fd.h"
#include "transport/host_transport.h"
#include "transport/local/handover.h"
#include "transport/local/requests.h"
#include "transport/local/shared_memory.h"

namespace vgpu::transport {

struct LocalLimits {
    std::uint32_t channels_max = 0;
    std::uint32_t regions_max = 4096;
    // Of all regions that are added at one time.
    std::uint64_t shared_bytes_max = 64ull << 30;
};

// Owned by the worker; run() is called on one thread, ring_guest() and stop() on any. Everything
// the guest sends is checked; nothing it does makes run() wait for it but in poll(). While it
// runs it needs the system calls poll, recvmsg, sendmsg, fstat, fcntl(F_GET_SEALS), mmap, munmap,
// close, read, write, and eventfd2, epoll_create1, epoll_ctl, epoll_wait for channels.
class LocalHostTransport final : public HostTransport {
  public:
    // Throws SetupError when the descriptors are not what a LocalArrival hands over.
    LocalHostTransport(LocalHandover guest, const LocalLimits& limits);
    ~LocalHostTransport() override;

    MappedRegion& control_region() override { return *control_; }
    std::string run(HostHandler& handler) override;
    void stop() override;
    void ring_guest() override;

  private:
    struct Reply {
        std::string refusal;
        UniqueFd fd;
    };
    enum class Event { Message, Stopped, Gone };
    Event wait_for_message();
    // The text that ends run(), or none.
    std::optional<std::string> serve_message(HostHandler& handler);
    Reply serve(HostHandler& handler, const Request& request, std::vector<UniqueFd>& fds);
    Reply add_region(HostHandler& handler, const Request& request, std::vector<UniqueFd>& fds);
    Reply remove_region(HostHandler& handler, const Request& request);
    Reply open_channel(HostHandler& handler, const Request& request);

    UniqueFd socket_;
    UniqueFd doorbell_;
    UniqueFd stop_;
    std::unique_ptr<MappedRegion> control_;
    const LocalLimits limits_;
    // Sizes of the regions that are added now.
    std::map<RegionId, std::uint64_t> regions_;
    std::uint64_t shared_bytes_ = 0;
    RegionId last_region_ = 0;
    std::uint64_t channels_open_ = 0;  // one bit each
};

}  // namespace vgpu::transport
