// Requests of the guest become requests to the worker, with the descriptors that it needs.
#include "gpud/xen_context.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <span>
#include <utility>
#include <variant>

#include "base/setup_error.h"
#include "ring/layout.h"
#include "transport/local/packet.h"
#include "transport/xen/event_channels.h"
#include "transport/xen/mapped_grants.h"

namespace vgpu::gpud {

using namespace transport::xen;
using transport::PacketResult;
using transport::Request;

namespace {

// Each costs the worker a mapping.
constexpr std::size_t kMaxRegions = 4096;

constexpr std::uint64_t kControlBytes = ring::whole_pages(ring::kControlRegionBytes);

// A descriptor that maps what the guest granted; or a sentence.
std::variant<UniqueFd, std::string> prepare_grants(std::uint32_t domid, const GrantList& grants) {
    auto refs = read_directory(domid, grants.directory, grants.bytes / ring::kPageBytes);
    if (auto* why = std::get_if<std::string>(&refs)) return std::move(*why);
    return prepare_region(domid, std::get<std::vector<std::uint32_t>>(refs));
}

// The device on which this domain's end of a port is bound, and that end's number.
struct BoundPort {
    UniqueFd device;
    std::uint32_t port = 0;
};
std::variant<BoundPort, std::string> bind_port(std::uint32_t domid, std::uint32_t remote) {
    try {
        EventChannels channels(domid);
        const std::optional<std::uint32_t> port = channels.bind(domid, remote);
        if (!port)
            return "The event channel " + std::to_string(remote) + " of domain " +
                   std::to_string(domid) + " is not offered to this domain.";
        UniqueFd device = channels.duplicate();
        if (!device) return std::string("No descriptor is left for an event channel.");
        return BoundPort{std::move(device), *port};
    } catch (const SetupError& error) {
        return std::string(error.what());
    }
}

XenContext::Outcome refused(std::string text) {
    return {XenContext::Outcome::Kind::Refused, std::move(text)};
}

}  // namespace

std::optional<std::string> XenContext::prepare(const LinkRequest& open, XenHandover& handover) {
    if (open.grants.bytes != kControlBytes)
        return "The control region has " + std::to_string(open.grants.bytes) + " bytes, not " +
               std::to_string(kControlBytes) + ".";
    auto control = prepare_grants(domid_, open.grants);
    if (auto* why = std::get_if<std::string>(&control)) return std::move(*why);
    auto bell = bind_port(domid_, open.port);
    if (auto* why = std::get_if<std::string>(&bell)) return std::move(*why);
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0)
        return std::string("A socket pair cannot be made: ") + std::strerror(errno) + ".";
    line_.reset(ends[0]);
    handover.socket.reset(ends[1]);
    handover.control = std::move(std::get<UniqueFd>(control));
    handover.bell = std::move(std::get<BoundPort>(bell).device);
    handover.bell_port = std::get<BoundPort>(bell).port;
    return std::nullopt;
}

XenContext::Outcome XenContext::request(const LinkRequest& request, std::uint64_t room) {
    if (pending_)
        return {Outcome::Kind::Broken, "The guest makes a request before the last was answered."};
    switch (request.kind) {
        case LinkRequest::Kind::AddRegion:
            return add_region(request, room);
        case LinkRequest::Kind::OpenChannel:
            return open_channel(request);
        default:
            if (shared_by_worker_ == nullptr && regions_.count(request.region) == 0)
                return refused("There is no such region.");
            return send({.kind = Request::Kind::RemoveRegion, .region = request.region}, {});
    }
}

XenContext::Outcome XenContext::add_region(const LinkRequest& request, std::uint64_t room) {
    if (regions_.size() >= kMaxRegions)
        return refused("There are " + std::to_string(kMaxRegions) + " regions already.");
    // The worker's rule, too; but it is not trusted with what is counted here.
    if (regions_.count(request.region) != 0) return refused("Region ids must grow.");
    if (request.grants.bytes > room)
        return refused("The guest's memory limit leaves " + std::to_string(room) + " of the " +
                       std::to_string(request.grants.bytes) +
                       " bytes that it wants to share (memory-limit-mb).");
    auto pages = prepare_grants(domid_, request.grants);
    if (auto* why = std::get_if<std::string>(&pages)) return refused(std::move(*why));
    return send(
        {.kind = Request::Kind::AddRegion, .region = request.region, .value = request.grants.bytes},
        std::get<UniqueFd>(pages));
}

XenContext::Outcome XenContext::open_channel(const LinkRequest& request) {
    auto bell = bind_port(domid_, request.port);
    if (auto* why = std::get_if<std::string>(&bell)) return refused(std::move(*why));
    return send({.kind = Request::Kind::OpenChannel,
                 .region = request.region,
                 .channel = request.channel,
                 .value = request.offset},
                std::get<BoundPort>(bell).device);
}

XenContext::Outcome XenContext::send(Request request, const UniqueFd& with) {
    request.serial = ++last_serial_;
    const std::array<int, 1> fd{with.get()};
    const PacketResult sent =
        transport::send_packet(line_.get(), encode(request), std::span(fd).first(with ? 1 : 0));
    // One request at a time always has room; so the worker is gone, and its end is told soon.
    if (sent != PacketResult::Done) return refused("The worker is gone.");
    pending_ = request;
    return {};
}

void XenContext::hang_up() {
    transport::send_packet(line_.get(), encode(Request{.kind = Request::Kind::Goodbye}), {});
    line_.reset();
}

std::uint64_t XenContext::asked_bytes() const {
    return pending_ && pending_->kind == Request::Kind::AddRegion ? pending_->value : 0;
}

std::uint64_t XenContext::shared_bytes() const {
    const std::uint64_t mapped = shared_by_worker_ == nullptr
                                     ? shared_bytes_
                                     : shared_by_worker_->load(std::memory_order_relaxed);
    return mapped > UINT64_MAX / 2 ? mapped : mapped + asked_bytes();
}

XenContext::Answer XenContext::take_answer() {
    std::array<std::uint8_t, transport::kMaxAckBytes> bytes;
    const transport::ReceivedPacket packet = transport::receive_packet(line_.get(), bytes);
    if (packet.result == PacketResult::WouldBlock) return {};
    std::optional<transport::Ack> ack;
    if (packet.result == PacketResult::Done)
        ack = transport::decode_ack({bytes.data(), packet.bytes});
    if (!ack || !pending_ || ack->serial != pending_->serial) return {Answer::Kind::Gone, {}};
    const Request request = *std::exchange(pending_, std::nullopt);
    if (!ack->refusal.empty()) return {Answer::Kind::Given, std::move(ack->refusal)};
    if (shared_by_worker_ != nullptr) return {Answer::Kind::Given, {}};
    if (request.kind == Request::Kind::AddRegion) {
        shared_bytes_ += request.value;
        regions_[request.region] = request.value;
    } else if (request.kind == Request::Kind::RemoveRegion) {
        shared_bytes_ -= regions_[request.region];
        regions_.erase(request.region);
    }
    return {Answer::Kind::Given, {}};
}

}  // namespace vgpu::gpud
