// Serves the requests that reach a worker over a socket: what all transports have in common.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/unique_fd.h"
#include "transport/host_transport.h"
#include "transport/local/requests.h"
#include "transport/local/shared_memory.h"

namespace vgpu::transport {

struct RegionLimits {
    std::uint32_t channels_max = 0;
    std::uint32_t regions_max = 4096;
    // Of all regions that are added at one time.
    std::uint64_t shared_bytes_max = 64ull << 30;
};

// Where the next peer connects when the one of now hangs up, and how long it may take.
struct Successors {
    UniqueFd listener;  // none: a hang-up is the end
    std::chrono::milliseconds patience{0};
};

// Owned by the worker; run() is called on one thread, ring_guest() and stop() on any. Everything
// that arrives is checked; nothing makes run() wait but poll(). While it runs it needs the system
// calls poll, recvmsg, sendmsg, fstat, fcntl(F_GET_SEALS), mmap, munmap, close, read, write, and
// eventfd2, epoll_create1, epoll_ctl, epoll_wait for channels; with successors also accept4.
class RequestHost : public HostTransport {
  public:
    MappedRegion& control_region() override { return *control_; }
    std::string run(HostHandler& handler) override;
    void stop() override { ring_eventfd(stop_.get()); }

  protected:
    // What a text says, unless it is empty, refuses the request.
    struct NewDoorbell {
        std::string why_not;
        std::unique_ptr<ChannelDoorbell> doorbell;
        UniqueFd for_guest;  // goes with the ack
    };

    // Throws SetupError when no descriptor is left.
    RequestHost(UniqueFd socket, const RegionLimits& limits, Successors successors = {});
    // Throws SetupError with the text of why_not, if there is one.
    void set_control(const std::string& why_not, Mapping mapping);

    // How a descriptor becomes memory; a text says why it does not.
    virtual std::string map(const UniqueFd& fd, std::uint64_t bytes, Mapping& mapping) = 0;
    virtual NewDoorbell make_doorbell(std::vector<UniqueFd>& fds) = 0;

  private:
    struct Reply {
        std::string refusal;
        UniqueFd fd;
    };
    enum class Event { Message, Stopped, Gone };
    Event wait_for_message();
    // Message: there is a new line. Gone: nobody came in time.
    Event wait_for_successor();
    // The text that ends run(), or none.
    std::optional<std::string> serve_message(HostHandler& handler);
    Reply serve(HostHandler& handler, const Request& request, std::vector<UniqueFd>& fds);
    Reply add_region(HostHandler& handler, const Request& request, std::vector<UniqueFd>& fds);
    Reply remove_region(HostHandler& handler, const Request& request);
    Reply open_channel(HostHandler& handler, const Request& request, std::vector<UniqueFd>& fds);

    UniqueFd socket_;
    const Successors successors_;
    UniqueFd stop_;
    std::unique_ptr<MappedRegion> control_;
    const RegionLimits limits_;
    // Sizes of the regions that are added now.
    std::map<RegionId, std::uint64_t> regions_;
    std::uint64_t shared_bytes_ = 0;
    RegionId last_region_ = 0;
    std::uint64_t channels_open_ = 0;  // one bit each
};

}  // namespace vgpu::transport
