// Memfds and eventfds of a guest on the same machine.
#include "transport/local/host.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "ring/layout.h"

namespace vgpu::transport {

namespace {

// The guest shares `doorbell_` and could empty it or make it block; so it is never read: each ring
// is an edge of the epoll set. stop_ is this process's alone.
class LocalDoorbell final : public ChannelDoorbell {
  public:
    LocalDoorbell()
        : doorbell_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
          stop_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
          epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
        epoll_event ring{};
        ring.events = EPOLLIN | EPOLLET;
        epoll_event stop{};
        stop.events = EPOLLIN;
        works_ = doorbell_ && stop_ && epoll_ &&
                 ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, doorbell_.get(), &ring) == 0 &&
                 ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, stop_.get(), &stop) == 0;
    }
    bool works() const { return works_; }
    // For the guest, by way of the ack.
    UniqueFd duplicate() const { return UniqueFd(::fcntl(doorbell_.get(), F_DUPFD_CLOEXEC, 0)); }

    bool wait(std::optional<std::chrono::milliseconds> limit) override {
        epoll_event event;
        return ::epoll_wait(epoll_.get(), &event, 1,
                            limit ? static_cast<int>(limit->count()) : -1) != 0;
    }
    void stop() override { ring_eventfd(stop_.get()); }

  private:
    UniqueFd doorbell_;
    UniqueFd stop_;
    UniqueFd epoll_;
    bool works_ = false;
};

}  // namespace

LocalHostTransport::LocalHostTransport(LocalHandover guest, const RegionLimits& limits)
    : RequestHost(std::move(guest.socket), limits), doorbell_(std::move(guest.doorbell)) {
    Mapping mapping;
    const std::string why = map(guest.control, ring::kControlRegionBytes, mapping);
    set_control(why, std::move(mapping));
}

std::string LocalHostTransport::map(const UniqueFd& fd, std::uint64_t bytes, Mapping& mapping) {
    std::string why = why_not_mappable(fd.get(), bytes);
    if (why.empty() && !mapping.map(fd.get(), bytes))
        why = std::string("Mapping the region fails: ") + std::strerror(errno) + ".";
    return why;
}

RequestHost::NewDoorbell LocalHostTransport::make_doorbell(std::vector<UniqueFd>&) {
    auto doorbell = std::make_unique<LocalDoorbell>();
    UniqueFd for_guest = doorbell->duplicate();
    if (!doorbell->works() || !for_guest)
        return {std::string("Making a doorbell fails: ") + std::strerror(errno) + ".", nullptr, {}};
    return {{}, std::move(doorbell), std::move(for_guest)};
}

}  // namespace vgpu::transport
