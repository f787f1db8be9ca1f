// The requests: regions, channels, doorbells.
#include "transport/local/request_host.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
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

class OwnedMapping final : public MappedRegion {
  public:
    explicit OwnedMapping(Mapping mapping)
        : MappedRegion(mapping.data(), mapping.size()), mapping_(std::move(mapping)) {}

  private:
    Mapping mapping_;
};

}  // namespace

RequestHost::RequestHost(UniqueFd socket, const RegionLimits& limits, Successors successors)
    : socket_(std::move(socket)),
      successors_(std::move(successors)),
      stop_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      limits_(limits) {
    if (!stop_)
        throw SetupError(std::string("Making an eventfd fails: ") + std::strerror(errno) + ".",
                         "Raise this process's limit of open files.");
}

void RequestHost::set_control(const std::string& why_not, Mapping mapping) {
    if (!why_not.empty())
        throw SetupError(why_not,
                         "Start the worker from the gvm-gpud of the same release, and "
                         "give it enough memory.");
    control_ = std::make_unique<OwnedMapping>(std::move(mapping));
}

RequestHost::Event RequestHost::wait_for_message() {
    while (socket_) {
        pollfd polls[2] = {{socket_.get(), POLLIN | POLLRDHUP, 0}, {stop_.get(), POLLIN, 0}};
        if (::poll(polls, 2, -1) < 0) {
            if (errno == EINTR) continue;
            return Event::Gone;
        }
        if (polls[1].revents != 0) return Event::Stopped;
        // The last words of one that is gone are heard.
        if ((polls[0].revents & POLLIN) != 0) return Event::Message;
        if ((polls[0].revents & (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL)) != 0)
            return Event::Gone;
    }
    return Event::Gone;
}

// The channels go on meanwhile: nothing of them needs the line.
RequestHost::Event RequestHost::wait_for_successor() {
    using Clock = std::chrono::steady_clock;
    socket_.reset();
    const Clock::time_point end = Clock::now() + successors_.patience;
    for (;;) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now());
        if (left.count() <= 0) return Event::Gone;
        pollfd polls[2] = {{successors_.listener.get(), POLLIN, 0}, {stop_.get(), POLLIN, 0}};
        ::poll(polls, 2, static_cast<int>(left.count()));
        if (polls[1].revents != 0) return Event::Stopped;
        if ((polls[0].revents & POLLIN) != 0)
            socket_.reset(::accept4(successors_.listener.get(), nullptr, nullptr,
                                    SOCK_CLOEXEC | SOCK_NONBLOCK));
        if (socket_) return Event::Message;
        // A listener that is broken is no reason to spin.
        if ((polls[0].revents & (POLLHUP | POLLERR | POLLNVAL)) != 0) return Event::Gone;
    }
}

std::string RequestHost::run(HostHandler& handler) {
    for (;;) {
        switch (wait_for_message()) {
            case Event::Stopped:
                return "The worker was told to stop.";
            case Event::Gone:
                if (!successors_.listener) return "The guest is gone.";
                if (const Event event = wait_for_successor(); event == Event::Message) {
                    continue;
                } else if (event == Event::Stopped) {
                    return "The worker was told to stop.";
                }
                return "The service is gone, and no other has come within " +
                       std::to_string(successors_.patience.count()) + " ms.";
            case Event::Message:
                if (std::optional<std::string> why = serve_message(handler)) return *why;
        }
    }
}

std::optional<std::string> RequestHost::serve_message(HostHandler& handler) {
    std::array<std::uint8_t, kRequestBytes> bytes;
    ReceivedPacket packet = receive_packet(socket_.get(), bytes);
    if (packet.result == PacketResult::WouldBlock) return std::nullopt;
    if (packet.result == PacketResult::Gone) {
        socket_.reset();
        return std::nullopt;
    }
    std::optional<Request> request;
    if (packet.result == PacketResult::Done) request = decode_request({bytes.data(), packet.bytes});
    if (!request) return "The guest sends a request that makes no sense.";

    if (request->kind == Request::Kind::Goodbye) return "The guest is gone.";

    const Reply reply = serve(handler, *request, packet.fds);
    handler.now_shares(shared_bytes_);
    const std::array<int, 1> fd{reply.fd.get()};
    const PacketResult sent =
        send_packet(socket_.get(), encode(Ack{request->serial, reply.refusal}),
                    std::span(fd).first(reply.fd ? 1 : 0));
    if (sent == PacketResult::Done) return std::nullopt;
    if (sent == PacketResult::Gone) {
        socket_.reset();
        return std::nullopt;
    }
    return "The guest does not read its acks.";
}

RequestHost::Reply RequestHost::serve(HostHandler& handler, const Request& request,
                                      std::vector<UniqueFd>& fds) {
    switch (request.kind) {
        case Request::Kind::AddRegion:
            return add_region(handler, request, fds);
        case Request::Kind::RemoveRegion:
            return remove_region(handler, request);
        case Request::Kind::OpenChannel:
            return open_channel(handler, request, fds);
        case Request::Kind::Goodbye:
        case Request::Kind::ExportRegion:
        case Request::Kind::ImportRegion:
            break;
    }
    return {"The request has an unknown kind.", {}};
}

RequestHost::Reply RequestHost::add_region(HostHandler& handler, const Request& request,
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
    Mapping mapping;
    std::string why = map(fds.front(), request.value, mapping);
    if (!why.empty()) return {std::move(why), {}};
    why = handler.add_region(request.region, std::make_shared<OwnedMapping>(std::move(mapping)));
    if (!why.empty()) return {std::move(why), {}};
    last_region_ = request.region;
    shared_bytes_ += request.value;
    regions_.emplace(request.region, request.value);
    return {};
}

RequestHost::Reply RequestHost::remove_region(HostHandler& handler, const Request& request) {
    const auto region = regions_.find(request.region);
    if (region == regions_.end()) return {"There is no such region.", {}};
    std::string why = handler.remove_region(request.region);
    if (!why.empty()) return {std::move(why), {}};
    shared_bytes_ -= region->second;
    regions_.erase(region);
    return {};
}

RequestHost::Reply RequestHost::open_channel(HostHandler& handler, const Request& request,
                                             std::vector<UniqueFd>& fds) {
    if (request.channel >= std::min(limits_.channels_max, ring::kMaxChannels))
        return {"There are at most " + std::to_string(limits_.channels_max) + " channels.", {}};
    const std::uint64_t bit = std::uint64_t{1} << request.channel;
    if ((channels_open_ & bit) != 0) return {"The channel is open already.", {}};
    const auto region = regions_.find(request.region);
    if (region == regions_.end()) return {"There is no such region.", {}};
    if (request.value % ring::kPageBytes != 0 || request.value > region->second ||
        ring::kChannelBytes > region->second - request.value)
        return {"The channel does not lie in the region.", {}};
    NewDoorbell made = make_doorbell(fds);
    if (!made.why_not.empty()) return {std::move(made.why_not), {}};
    std::string why =
        handler.open_channel(request.channel, request.region,
                             static_cast<std::size_t>(request.value), std::move(made.doorbell));
    if (!why.empty()) return {std::move(why), {}};
    channels_open_ |= bit;
    return {{}, std::move(made.for_guest)};
}

}  // namespace vgpu::transport
