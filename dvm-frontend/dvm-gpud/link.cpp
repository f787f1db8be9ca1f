// Shares the pages, and turns their octets into messages.
#include "dvm-gpud/link.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "transport/xen/evtchn_device.h"

namespace vgpu::broker {

using namespace transport::xen;

namespace {

[[noreturn]] void fail(const char* what) {
    throw std::runtime_error(std::string(what) + " fails: " + std::strerror(errno) + ".");
}

ring::RingHeader& header_at(std::uint8_t* data, std::size_t offset) {
    return *reinterpret_cast<ring::RingHeader*>(data + offset);
}

LinkPage& link_page(std::uint8_t* data) {
    return *reinterpret_cast<LinkPage*>(data);
}

}  // namespace

Link::Link(EventChannels& ports, std::uint32_t gvm) : ports_(ports) {
    const std::optional<std::uint32_t> port = ports_.offer(gvm);
    if (!port) fail("Offering an event channel");
    port_ = *port;
    try {
        share(gvm);
    } catch (...) {
        ports_.unbind(port_);
        throw;
    }
}

void Link::share(std::uint32_t gvm) {
    rings_ = SharedPages(gvm, kLinkRingPages, /*writable=*/true);
    if (rings_.data() == nullptr) fail("Sharing the link's rings");
    page_ = SharedPages::with_notice(gvm, offsetof(LinkPage, frontend_alive), port_);
    if (page_.data() == nullptr) fail("Sharing the link's page");
    LinkPage& page = link_page(page_.data());
    page.magic = kLinkMagic;
    page.version = kLinkVersion;
    std::copy(rings_.refs().begin(), rings_.refs().end(), page.ring_refs);
    page.frontend_alive.store(1, std::memory_order_release);
    std::uint8_t* rings = rings_.data();
    stream_.emplace(header_at(rings, 0), rings + sizeof(ring::RingHeader),
                    header_at(rings, kLinkReplyOffset),
                    rings + kLinkReplyOffset + sizeof(ring::RingHeader), kLinkRingBytes);
}

// The pages first: their going rings the port.
Link::~Link() {
    page_ = SharedPages();
    rings_ = SharedPages();
    ports_.unbind(port_);
}

void Link::send(const LinkRequest& request) {
    stream_->send(encode(request));
}

void Link::pump() {
    if (stream_->pump()) notify_port(ports_.fd(), port_);
}

std::optional<LinkReply> Link::receive() {
    if (!senseless_.empty()) return std::nullopt;
    const std::optional<std::vector<std::uint8_t>> message = stream_->receive();
    if (!message) return std::nullopt;
    std::optional<LinkReply> reply = decode_reply(*message);
    if (!reply) senseless_ = "The back end sends a message that makes no sense.";
    return reply;
}

bool Link::peer_alive() const {
    return link_page(page_.data()).backend_alive.load(std::memory_order_acquire) != 0;
}

std::string Link::broken() const {
    if (!senseless_.empty()) return senseless_;
    return stream_->broken() == nullptr ? "" : stream_->broken();
}

}  // namespace vgpu::broker
