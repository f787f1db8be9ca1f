// The honest parts.
#include "front_end.h"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <stdexcept>

#include "transport/xen/evtchn_device.h"

namespace vgpu::hostile {

using namespace transport::xen;

namespace {

const std::string kDirectory = "device/vgpu/0/";
constexpr int kPatienceMs = 30000;
constexpr int kLookMs = 20;

}  // namespace

void sleep_ms(int ms) {
    const timespec time{ms / 1000, ms % 1000 * 1'000'000L};
    ::nanosleep(&time, nullptr);
}

FrontEnd::FrontEnd() {
    const auto backend = store_.read(kDirectory + "backend");
    const auto gvm = store_.read_number(kDirectory + "backend-id");
    if (!backend || !gvm) throw std::runtime_error("This guest has no vgpu device.");
    backend_ = *backend;
    gvm_ = *gvm;
}

void FrontEnd::write(const std::string& node, const std::string& value) {
    if (!try_write(node, value)) throw std::runtime_error("Xenstore refuses " + node + ".");
}

bool FrontEnd::try_write(const std::string& node, const std::string& value) {
    return store_.write(kDirectory + node, value);
}

void FrontEnd::remove(const std::string& node) {
    store_.remove(kDirectory + node);
}

void FrontEnd::state(BusState state) {
    write("state", std::to_string(static_cast<unsigned>(state)));
}

BusState FrontEnd::wait_for(std::vector<BusState> states) {
    for (int waited = 0; waited < kPatienceMs; waited += kLookMs) {
        const BusState now = store_.read_state(backend_ + "/state");
        if (std::find(states.begin(), states.end(), now) != states.end()) return now;
        sleep_ms(kLookMs);
    }
    return BusState::Unknown;
}

bool FrontEnd::is(BusState state) const {
    return store_.read_state(backend_ + "/state") == state;
}

std::string FrontEnd::error() const {
    return store_.read(backend_ + "/error").value_or("");
}

void FrontEnd::begin() {
    state(BusState::Closed);
    if (wait_for({BusState::Closed}) == BusState::Unknown)
        throw std::runtime_error("The back end does not close.");
    state(BusState::Initialising);
    if (wait_for({BusState::InitWait}) == BusState::Unknown)
        throw std::runtime_error("The back end does not begin.");
}

BusState FrontEnd::offer(const std::string& ring_ref, const std::string& port,
                         const std::string& version) {
    write("version", version);
    write("ring-ref", ring_ref);
    write("event-channel", port);
    state(BusState::Initialised);
    return wait_for({BusState::Connected, BusState::Closed});
}

Link FrontEnd::make_link() {
    Link link;
    const auto port = ports_.offer(gvm_);
    if (!port) throw std::runtime_error("There is no event channel left.");
    link.port = *port;
    link.rings = SharedPages(gvm_, kLinkRingPages, true);
    link.page = SharedPages::with_notice(gvm_, offsetof(LinkPage, frontend_alive), link.port);
    if (!link.rings.data() || !link.page.data())
        throw std::runtime_error("There are no pages left to share.");
    LinkPage& page = link.link_page();
    page.magic = kLinkMagic;
    page.version = kLinkVersion;
    std::copy(link.rings.refs().begin(), link.rings.refs().end(), page.ring_refs);
    page.frontend_alive.store(1);
    std::uint8_t* rings = link.rings.data();
    link.stream = std::make_unique<LinkStream>(
        link.requests(), rings + sizeof(ring::RingHeader), link.replies(),
        rings + kLinkReplyOffset + sizeof(ring::RingHeader), kLinkRingBytes);
    return link;
}

Link FrontEnd::connect() {
    begin();
    Link link = make_link();
    if (offer(std::to_string(link.page.refs()[0]), std::to_string(link.port)) !=
        BusState::Connected)
        throw std::runtime_error("An honest handshake fails: " + error());
    state(BusState::Connected);
    return link;
}

void FrontEnd::ring(const Link& link) {
    notify_port(ports_.fd(), link.port);
}

std::optional<LinkReply> FrontEnd::ask(Link& link, const LinkRequest& request, int seconds) {
    link.stream->send(encode(request));
    for (int waited = 0; waited < seconds * 1000; waited += kLookMs) {
        if (link.stream->pump()) ring(link);
        if (const auto message = link.stream->receive()) return decode_reply(*message);
        if (store_.read_state(backend_ + "/state") != BusState::Connected) return std::nullopt;
        sleep_ms(kLookMs);
    }
    throw std::runtime_error("The back end neither answers nor ends the link.");
}

}  // namespace vgpu::hostile
