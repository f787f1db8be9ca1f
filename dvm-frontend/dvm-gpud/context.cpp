// Checks what an application asks, and grants.
#include "dvm-gpud/context.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/setup_error.h"
#include "ring/layout.h"
#include "transport/xen/event_channels.h"
#include "transport/xen/vgpuif.h"

namespace vgpu::broker {

using namespace transport;
using transport::xen::LinkRequest;

namespace {

static_assert(ring::kMaxChannels <= 64);

std::string mib(std::uint64_t pages) {
    return std::to_string(pages) + " pages (" + std::to_string(pages >> 8) + " MiB)";
}

}  // namespace

Context::Context(Id id, std::uint32_t gvm, GrantBudget& whole, std::uint32_t pages_max)
    : id_(id), gvm_(gvm), whole_(whole), own_(pages_max) {}

LinkRequest Context::message(LinkRequest::Kind kind) const {
    LinkRequest message;
    message.kind = kind;
    message.context = id_;
    return message;
}

Context::Shares Context::take(std::uint64_t pages) {
    Shares shares{whole_.take(pages), own_.take(pages)};
    if (!shares.whole || !shares.own) return {};
    return shares;
}

std::string Context::grant(std::uint64_t bytes, Pages& pages) {
    const std::uint64_t count = bytes / ring::kPageBytes;
    const std::uint32_t directory = xen::directory_pages(count);
    pages.shares = take(count);
    if (pages.shares.whole) pages.directory_shares = take(directory);
    if (!pages.directory_shares.whole)
        return mib(count + directory) + " are more than are left: this application has " +
               mib(own_.used()) + " of " + mib(own_.capacity()) + ", all have " +
               mib(whole_.used()) + " of " + mib(whole_.capacity()) + ".";
    pages.granted = xen::GrantedPages::make(gvm_, static_cast<std::uint32_t>(count));
    if (pages.granted) pages.directory.emplace(gvm_, pages.granted->refs);
    if (pages.granted && pages.directory->first() != 0) return {};
    return std::string("The kernel grants no more pages: ") + std::strerror(errno) +
           ". Look at the limit of the module xen_gntalloc.";
}

// A device with one port, which speaks with the GVM alone: what an application may have.
std::string Context::offer_bell(Bell& bell) const {
    try {
        xen::EventChannels ports;
        const std::optional<std::uint32_t> port = ports.offer(gvm_);
        if (port && ports.restrict_to(gvm_)) bell = {ports.duplicate(), *port};
    } catch (const SetupError& error) {
        return error.what();
    }
    if (bell.device) return {};
    return std::string("Offering an event channel fails: ") + std::strerror(errno) + ".";
}

Context::Outcome Context::open(const Hello& hello) {
    const auto bytes = encode(hello);
    if (!bytes) return "The Hello is longer than a message may be.";
    Asked asked;
    std::string why = grant(ring::kControlRegionBytes, asked.pages);
    if (why.empty()) why = offer_bell(asked.bell);
    if (!why.empty()) return why;
    LinkRequest request = message(LinkRequest::Kind::Open);
    request.hello = *bytes;
    request.grants = {ring::kControlRegionBytes, asked.pages.directory->first()};
    request.port = asked.bell.port;
    asked_ = std::move(asked);
    return request;
}

Context::Outcome Context::ask(const Request& request) {
    switch (request.kind) {
        case Request::Kind::AddRegion:
            return add_region(request);
        case Request::Kind::RemoveRegion:
            return remove_region(request);
        case Request::Kind::OpenChannel:
            return open_channel(request);
        case Request::Kind::Goodbye:
            break;
    }
    return "The request has an unknown kind.";
}

Context::Outcome Context::add_region(const Request& request) {
    // Growing ids cannot name a region twice, and need no list of those that were.
    if (request.region <= last_region_) return "Region ids must grow.";
    if (regions_.size() >= kRegionsMax)
        return "There are " + std::to_string(regions_.size()) + " regions already.";
    if (request.value == 0 || request.value % ring::kPageBytes != 0 ||
        request.value / ring::kPageBytes > xen::kMaxRegionPages)
        return "A region of " + std::to_string(request.value) +
               " bytes is no whole number of pages, or too long.";
    Asked asked;
    asked.request = request;
    if (std::string why = grant(request.value, asked.pages); !why.empty()) return why;
    last_region_ = request.region;
    LinkRequest sent = message(LinkRequest::Kind::AddRegion);
    sent.region = request.region;
    sent.grants = {request.value, asked.pages.directory->first()};
    asked_ = std::move(asked);
    return sent;
}

Context::Outcome Context::remove_region(const Request& request) {
    if (regions_.count(request.region) == 0) return "There is no such region.";
    asked_.emplace().request = request;
    LinkRequest sent = message(LinkRequest::Kind::RemoveRegion);
    sent.region = request.region;
    return sent;
}

Context::Outcome Context::open_channel(const Request& request) {
    if (request.channel >= channels_max_)
        return "There are at most " + std::to_string(channels_max_) + " channels.";
    if ((channels_open_ >> request.channel & 1) != 0) return "The channel is open already.";
    const auto region = regions_.find(request.region);
    if (region == regions_.end()) return "There is no such region.";
    if (request.value % ring::kPageBytes != 0 || request.value > region->second.bytes ||
        ring::kChannelBytes > region->second.bytes - request.value)
        return "The channel does not lie in the region.";
    Asked asked;
    asked.request = request;
    if (std::string why = offer_bell(asked.bell); !why.empty()) return why;
    LinkRequest sent = message(LinkRequest::Kind::OpenChannel);
    sent.region = request.region;
    sent.channel = request.channel;
    sent.offset = request.value;
    sent.port = asked.bell.port;
    asked_ = std::move(asked);
    return sent;
}

}  // namespace vgpu::broker
