// Serves a guest's requests: regions, channels, doorbells.
#include "transport/local/host.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/setup_error.h"
#include "ring/layout.h"
#include "transport/local/packet.h"

namespace vgpu::transport {

namespace {

static_assert(ring::kMaxChannels <= 64);

class LocalMapped final : public MappedRegion {
  public:
    explicit LocalMapped(Mapping mapping)
        : MappedRegion(mapping.data(), mapping.size()), mapping_(std::move(mapping)) {}

  private:
    Mapping mapping_;
};

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

    void wait() override {
        epoll_event event;
        ::epoll_wait(epoll_.get(), &event, 1, -1);
    }
    void stop() override { ring_eventfd(stop_.get()); }

  private:
    UniqueFd doorbell_;
    UniqueFd stop_;
    UniqueFd epoll_;
    bool works_ = false;
};

}  // namespace

LocalHostTransport::LocalHostTransport(LocalHandover guest, const LocalLimits& limits)
    : socket_(std::move(guest.socket)),
      doorbell_(std::move(guest.doorbell)),
      stop_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      limits_(limits) {
    const std::string remedy = "Start the worker from the gvm-gpud of the same release.";
    if (!stop_)
        throw SetupError(std::string("Making an eventfd fails: ") + std::strerror(errno) + ".",
                         "Raise this process's limit of open files.");
    const std::string why = why_not_mappable(guest.control.get(), ring::kControlRegionBytes);
    if (!why.empty()) throw SetupError(why, remedy);
    Mapping mapping;
    if (!mapping.map(guest.control.get(), ring::kControlRegionBytes))
        throw SetupError(
            std::string("Mapping the control region fails: ") + std::strerror(errno) + ".",
            "Raise this process's limit of memory.");
    control_ = std::make_unique<LocalMapped>(std::move(mapping));
}

LocalHostTransport::~LocalHostTransport() = default;

void LocalHostTransport::stop() {
    ring_eventfd(stop_.get());
}

void LocalHostTransport::ring_guest() {
    ring_eventfd(doorbell_.get());
}

LocalHostTransport::Event LocalHostTransport::wait_for_message() {
    for (;;) {
        pollfd polls[2] = {{socket_.get(), POLLIN | POLLRDHUP, 0}, {stop_.get(), POLLIN, 0}};
        if (::poll(polls, 2, -1) < 0) {
            if (errno == EINTR) continue;
            return Event::Gone;
        }
        if (polls[1].revents != 0) return Event::Stopped;
        if ((polls[0].revents & (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL)) != 0)
            return Event::Gone;
        if ((polls[0].revents & POLLIN) != 0) return Event::Message;
    }
}

std::string LocalHostTransport::run(HostHandler& handler) {
    for (;;) {
        switch (wait_for_message()) {
            case Event::Stopped:
                return "The worker was told to stop.";
            case Event::Gone:
                return "The guest is gone.";
            case Event::Message:
                if (std::optional<std::string> why = serve_message(handler)) return *why;
        }
    }
}

std::optional<std::string> LocalHostTransport::serve_message(HostHandler& handler) {
    std::array<std::uint8_t, kRequestBytes> bytes;
    ReceivedPacket packet = receive_packet(socket_.get(), bytes);
    if (packet.result == PacketResult::WouldBlock) return std::nullopt;
    if (packet.result == PacketResult::Gone) return "The guest is gone.";
    std::optional<Request> request;
    if (packet.result == PacketResult::Done) request = decode_request({bytes.data(), packet.bytes});
    if (!request) return "The guest sends a request that makes no sense.";

    const Reply reply = serve(handler, *request, packet.fds);
    const std::array<int, 1> fd{reply.fd.get()};
    const PacketResult sent =
        send_packet(socket_.get(), encode(Ack{request->serial, reply.refusal}),
                    std::span(fd).first(reply.fd ? 1 : 0));
    if (sent == PacketResult::Done) return std::nullopt;
    return sent == PacketResult::WouldBlock ? "The guest does not read its acks."
                                            : "The guest is gone.";
}

LocalHostTransport::Reply LocalHostTransport::serve(HostHandler& handler, const Request& request,
                                                    std::vector<UniqueFd>& fds) {
    switch (request.kind) {
        case Request::Kind::AddRegion:
            return add_region(handler, request, fds);
        case Request::Kind::RemoveRegion:
            return remove_region(handler, request);
        case Request::Kind::OpenChannel:
            return open_channel(handler, request);
    }
    return {"The request has an unknown kind.", {}};
}

LocalHostTransport::Reply LocalHostTransport::add_region(HostHandler& handler,
                                                         const Request& request,
                                                         std::vector<UniqueFd>& fds) {
    if (fds.size() != 1) return {"A region comes with one descriptor.", {}};
    // Growing ids cannot name a region twice, and need no list of those that were.
    if (request.region <= last_region_) return {"Region ids must grow.", {}};
    if (regions_.size() >= limits_.regions_max)
        return {"There are " + std::to_string(regions_.size()) + " regions already.", {}};
    if (request.value > limits_.shared_bytes_max - shared_bytes_)
        return {"The regions would have more than the allowed " +
                    std::to_string(limits_.shared_bytes_max) + " bytes.",
                {}};
    std::string why = why_not_mappable(fds.front().get(), request.value);
    if (!why.empty()) return {std::move(why), {}};
    Mapping mapping;
    if (!mapping.map(fds.front().get(), request.value))
        return {std::string("Mapping the region fails: ") + std::strerror(errno) + ".", {}};
    why = handler.add_region(request.region, std::make_shared<LocalMapped>(std::move(mapping)));
    if (!why.empty()) return {std::move(why), {}};
    last_region_ = request.region;
    shared_bytes_ += request.value;
    regions_.emplace(request.region, request.value);
    return {};
}

LocalHostTransport::Reply LocalHostTransport::remove_region(HostHandler& handler,
                                                            const Request& request) {
    const auto region = regions_.find(request.region);
    if (region == regions_.end()) return {"There is no such region.", {}};
    std::string why = handler.remove_region(request.region);
    if (!why.empty()) return {std::move(why), {}};
    shared_bytes_ -= region->second;
    regions_.erase(region);
    return {};
}

LocalHostTransport::Reply LocalHostTransport::open_channel(HostHandler& handler,
                                                           const Request& request) {
    if (request.channel >= std::min(limits_.channels_max, ring::kMaxChannels))
        return {"There are at most " + std::to_string(limits_.channels_max) + " channels.", {}};
    const std::uint64_t bit = std::uint64_t{1} << request.channel;
    if ((channels_open_ & bit) != 0) return {"The channel is open already.", {}};
    const auto region = regions_.find(request.region);
    if (region == regions_.end()) return {"There is no such region.", {}};
    if (request.value % ring::kPageBytes != 0 || request.value > region->second ||
        ring::kChannelBytes > region->second - request.value)
        return {"The channel does not lie in the region.", {}};
    auto doorbell = std::make_unique<LocalDoorbell>();
    UniqueFd for_guest = doorbell->duplicate();
    if (!doorbell->works() || !for_guest)
        return {std::string("Making a doorbell fails: ") + std::strerror(errno) + ".", {}};
    std::string why =
        handler.open_channel(request.channel, request.region,
                             static_cast<std::size_t>(request.value), std::move(doorbell));
    if (!why.empty()) return {std::move(why), {}};
    channels_open_ |= bit;
    return {{}, std::move(for_guest)};
}

}  // namespace vgpu::transport
