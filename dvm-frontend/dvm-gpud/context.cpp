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

std::string Context::too_many(std::uint64_t pages) const {
    return mib(pages) + " are more than are left: this application has " + mib(own_.used()) +
           " of " + mib(own_.capacity()) + ", all have " + mib(whole_.used()) + " of " +
           mib(whole_.capacity()) + ".";
}

std::string Context::no_more_pages() {
    return std::string("The kernel grants no more pages: ") + std::strerror(errno) +
           ". Look at the limit of the module xen_gntalloc.";
}

std::string Context::grant(std::uint64_t bytes, Pages& pages) {
    const std::uint64_t count = bytes / ring::kPageBytes;
    const std::uint32_t directory = xen::directory_pages(count);
    Shares shares = take(count);
    if (shares.whole) pages.directory_shares = take(directory);
    if (!pages.directory_shares.whole) return too_many(count + directory);
    auto granted = xen::GrantedPages::make(gvm_, static_cast<std::uint32_t>(count));
    if (!granted) return no_more_pages();
    pages.region.granted = std::make_shared<GrantedRegion>();
    *pages.region.granted = {gvm_, bytes, std::move(shares.whole), std::move(granted->fd),
                             std::move(granted->refs)};
    pages.region.own = std::move(shares.own);
    pages.directory.emplace(gvm_, pages.region.granted->refs);
    return pages.directory->first() != 0 ? "" : no_more_pages();
}

// The pages are granted already, and another mapping of them costs no more than its directory.
std::string Context::grant_again(std::shared_ptr<GrantedRegion> region, Pages& pages) {
    const std::uint64_t count = region->refs.size();
    const std::uint32_t directory = xen::directory_pages(count);
    if (region->gvm != gvm_) return "The pages are shared with a GPU's domain of before.";
    pages.region.own = own_.take(count);
    if (pages.region.own) pages.directory_shares = take(directory);
    if (!pages.directory_shares.whole) return too_many(count + directory);
    pages.directory.emplace(gvm_, region->refs);
    pages.region.granted = std::move(region);
    return pages.directory->first() != 0 ? "" : no_more_pages();
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
        case Request::Kind::ImportRegion:
        case Request::Kind::ExportRegion:
        case Request::Kind::Goodbye:
            break;
    }
    return "The request has an unknown kind.";
}

std::string Context::why_no_region(const Request& request) const {
    // Growing ids cannot name a region twice, and need no list of those that were.
    if (request.region <= last_region_) return "Region ids must grow.";
    if (regions_.size() >= kRegionsMax)
        return "There are " + std::to_string(regions_.size()) + " regions already.";
    return {};
}

Context::Outcome Context::add_region(const Request& request) {
    if (std::string why = why_no_region(request); !why.empty()) return why;
    if (request.value == 0 || request.value % ring::kPageBytes != 0 ||
        request.value / ring::kPageBytes > xen::kMaxRegionPages)
        return "A region of " + std::to_string(request.value) +
               " bytes is no whole number of pages, or too long.";
    Pages pages;
    if (std::string why = grant(request.value, pages); !why.empty()) return why;
    return add(request, std::move(pages));
}

Context::Outcome Context::ask_import(const Request& request,
                                     std::shared_ptr<GrantedRegion> region) {
    if (std::string why = why_no_region(request); !why.empty()) return why;
    if (!region) return "The descriptor stands for no region.";
    Pages pages;
    if (std::string why = grant_again(std::move(region), pages); !why.empty()) return why;
    return add(request, std::move(pages));
}

std::shared_ptr<GrantedRegion> Context::region(RegionId id) const {
    const auto found = regions_.find(id);
    return found == regions_.end() ? nullptr : found->second.granted;
}

Context::Outcome Context::add(const Request& request, Pages pages) {
    last_region_ = request.region;
    LinkRequest sent = message(LinkRequest::Kind::AddRegion);
    sent.region = request.region;
    sent.grants = {pages.region.granted->bytes, pages.directory->first()};
    asked_.emplace();
    asked_->request = request;
    asked_->pages = std::move(pages);
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
    if (request.value % ring::kPageBytes != 0 || request.value > region->second.granted->bytes ||
        ring::kChannelBytes > region->second.granted->bytes - request.value)
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
