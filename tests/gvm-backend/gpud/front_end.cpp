// The guest's side of vgpuif.h, step by step.
#include "front_end.h"

#include <algorithm>

#include "base/check.h"
#include "transport/messages.h"
#include "transport/xen/evtchn_device.h"
#include "xen-fake/fake_xenstore.h"

namespace vgpu::gpud {

using namespace transport::xen;

namespace {

constexpr std::uint32_t kControlPages =
    (ring::kControlRegionBytes + ring::kPageBytes - 1) / ring::kPageBytes;

}  // namespace

GrantList Granted::list() const {
    return {pages.refs.size() * ring::kPageBytes, directory->first()};
}

FrontEnd::FrontEnd(unsigned domid, unsigned device)
    : domid_(domid),
      directory_(Xenstore::domain_path(domid) + "/device/vgpu/" + std::to_string(device)) {
    const fake::InDomain here(domid_);
    store_ = std::make_unique<Xenstore>();
    ports_ = std::make_unique<EventChannels>();
}

FrontEnd::~FrontEnd() = default;

std::string FrontEnd::path(const std::string& node) const {
    return directory_ + "/" + node;
}

void FrontEnd::write(const std::string& node, const std::string& value) {
    store_->write(path(node), value);
}

void FrontEnd::set_state(BusState state) {
    store_->write_state(path("state"), state);
}

void FrontEnd::share_link() {
    const fake::InDomain here(domid_);
    drop_link();
    link_port_ = ports_->offer(kGvm).value();
    rings_ = SharedPages(kGvm, kLinkRingPages, true);
    page_ = SharedPages::with_notice(kGvm, offsetof(LinkPage, frontend_alive), link_port_);
    VGPU_CHECK(page_.data() != nullptr && rings_.data() != nullptr);
    page().magic = kLinkMagic;
    page().version = kLinkVersion;
    page().frontend_alive = 1;
    std::copy(rings_.refs().begin(), rings_.refs().end(), page().ring_refs);
    stream_.emplace(ring(false), rings() + sizeof(ring::RingHeader), ring(true),
                    rings() + kLinkReplyOffset + sizeof(ring::RingHeader), kLinkRingBytes);
    write("version", std::to_string(kLinkVersion));
    write("ring-ref", std::to_string(ring_ref()));
    write("event-channel", std::to_string(link_port_));
}

void FrontEnd::offer() {
    share_link();
    set_state(BusState::Initialised);
}

ring::RingHeader& FrontEnd::ring(bool of_replies) {
    return *reinterpret_cast<ring::RingHeader*>(rings() + (of_replies ? kLinkReplyOffset : 0));
}

void FrontEnd::drop_link() {
    stream_.reset();
    page_ = SharedPages();
    rings_ = SharedPages();
    if (link_port_ != 0) ports_->unbind(std::exchange(link_port_, 0));
}

void FrontEnd::ring_bell() {
    notify_port(ports_->fd(), link_port_);
}

void FrontEnd::send(const LinkRequest& request) {
    send_octets(encode(request));
}

void FrontEnd::send_octets(const std::vector<std::uint8_t>& message) {
    stream_->send(message);
    if (stream_->pump()) ring_bell();
}

std::optional<LinkReply> FrontEnd::receive() {
    while (const auto port = take_port(ports_->fd())) unmask_port(ports_->fd(), *port);
    if (!stream_) return std::nullopt;
    if (stream_->pump()) ring_bell();
    const auto message = stream_->receive();
    if (!message) return std::nullopt;
    if (stream_->pump()) ring_bell();
    return decode_reply(*message);
}

Granted FrontEnd::grant(std::uint32_t pages) {
    const fake::InDomain here(domid_);
    auto made = GrantedPages::make(kGvm, pages);
    VGPU_CHECK(made.has_value());
    auto directory = std::make_unique<Directory>(kGvm, made->refs);
    VGPU_CHECK(directory->first() != 0);
    return {std::move(*made), std::move(directory)};
}

std::uint32_t FrontEnd::offer_port() {
    return ports_->offer(kGvm).value();
}

std::uint32_t FrontEnd::circular_directory() {
    const fake::InDomain here(domid_);
    if (circle_.data() == nullptr) circle_ = SharedPages(kGvm, 1, true);
    reinterpret_cast<DirectoryPage*>(circle_.data())->next = circle_.refs().front();
    return circle_.refs().front();
}

void FrontEnd::forget_grants() {
    kept_.clear();
    circle_ = SharedPages();
}

LinkRequest FrontEnd::add_region(std::uint32_t context, std::uint32_t region, GrantList grants) {
    LinkRequest request{.kind = LinkRequest::Kind::AddRegion, .context = context};
    request.region = region;
    request.grants = grants;
    return request;
}

LinkRequest FrontEnd::remove_region(std::uint32_t context, std::uint32_t region) {
    LinkRequest request{.kind = LinkRequest::Kind::RemoveRegion, .context = context};
    request.region = region;
    return request;
}

LinkRequest FrontEnd::open_channel(std::uint32_t context, std::uint32_t region,
                                   std::uint32_t channel) {
    LinkRequest request{.kind = LinkRequest::Kind::OpenChannel, .context = context};
    request.region = region;
    request.channel = channel;
    request.port = offer_port();
    return request;
}

LinkRequest FrontEnd::close(std::uint32_t context) {
    return {.kind = LinkRequest::Kind::Close, .context = context};
}

LinkRequest FrontEnd::resume(std::uint32_t context) {
    return {.kind = LinkRequest::Kind::Resume, .context = context};
}

LinkRequest FrontEnd::open_request(std::uint32_t context) {
    kept_.push_back(grant(kControlPages));
    transport::Hello hello;
    hello.application = "test";
    LinkRequest request{.kind = LinkRequest::Kind::Open, .context = context};
    request.port = offer_port();
    request.grants = kept_.back().list();
    request.hello = transport::encode(hello).value();
    return request;
}

}  // namespace vgpu::gpud
