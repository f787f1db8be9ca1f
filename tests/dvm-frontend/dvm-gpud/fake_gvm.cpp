// What gvm-gpud does, without workers.
#include "tests/dvm-frontend/dvm-gpud/fake_gvm.h"

#include "ring/layout.h"
#include "transport/xen/evtchn_device.h"
#include "xen-fake/fake_xenstore.h"

namespace vgpu::broker::test {

using namespace transport;
using namespace transport::xen;

namespace {

const std::string kBack = "/local/domain/3/backend/vgpu/5/0";
const std::string kFront = "/local/domain/5/device/vgpu/0";

ring::RingHeader& header_at(std::uint8_t* data, std::size_t offset) {
    return *reinterpret_cast<ring::RingHeader*>(data + offset);
}

template <typename T>
T in_gvm() {
    const fake::InDomain here(kGvm);
    return T();
}

}  // namespace

FakeGvm::FakeGvm() : store_(in_gvm<Xenstore>()), ports_(in_gvm<EventChannels>()) {
    welcome.service_version = "test";
    welcome.instance_version = 1 << 22;
    welcome.memory_limit_bytes = 1 << 30;
    welcome.objects_max = 1000;
    welcome.channels_max = 4;
    write_state(BusState::Initialising);
    store_.write(kBack + "/versions", "1");
    write_state(BusState::InitWait);
}

FakeGvm::~FakeGvm() {
    disconnect();
}

void FakeGvm::write_state(BusState state) {
    state_ = state;
    store_.write_state(kBack + "/state", state);
}

LinkPage& FakeGvm::page() {
    return *reinterpret_cast<LinkPage*>(page_->data());
}

void FakeGvm::spoil_index(bool reply_ring, std::uint32_t value) {
    if (reply_ring) {
        header_at(rings_->data(), kLinkReplyOffset).tail = value;
    } else {
        header_at(rings_->data(), 0).head = value;
    }
    notify_port(ports_.fd(), port_);
}

std::size_t FakeGvm::regions() const {
    std::size_t count = 0;
    for (const auto& [id, context] : contexts) count += context.regions.size();
    return count;
}

void FakeGvm::connect() {
    const fake::InDomain here(kGvm);
    const auto ref = store_.read_number(kFront + "/ring-ref");
    const auto offered = store_.read_number(kFront + "/event-channel");
    if (!ref || !offered) return;  // a test lets the reading fail
    const auto port = ports_.bind(kDvm, *offered);
    if (!port) {
        trouble = "The port cannot be bound.";
        return;
    }
    port_ = *port;
    page_ = MappedGrants::with_notice(kDvm, *ref, offsetof(LinkPage, backend_alive), port_);
    if (page().magic != kLinkMagic || page().frontend_alive != 1) trouble = "No link page.";
    rings_.emplace(kDvm, std::span<const std::uint32_t>(page().ring_refs), true);
    std::uint8_t* rings = rings_->data();
    stream_.emplace(header_at(rings, kLinkReplyOffset),
                    rings + kLinkReplyOffset + sizeof(ring::RingHeader), header_at(rings, 0),
                    rings + sizeof(ring::RingHeader), kLinkRingBytes);
    page().backend_alive = 1;
    write_state(BusState::Connected);
}

void FakeGvm::disconnect() {
    contexts.clear();
    stream_.reset();
    rings_.reset();
    page_.reset();
    if (port_ != 0) ports_.unbind(port_);
    port_ = 0;
}

void FakeGvm::close() {
    write_state(BusState::Closing);
    disconnect();
    write_state(BusState::Closed);
}

bool FakeGvm::serve() {
    const BusState front = store_.read_state(kFront + "/state");
    if (!store_.exists(kFront + "/state")) {
        disconnect();
        return false;
    }
    const bool wanted = store_.read(kBack + "/online") == "1";
    if (state_ == BusState::InitWait && front == BusState::Initialised && connects) {
        connect();
        return true;
    }
    if (state_ == BusState::Connected && (front == BusState::Closing || front == BusState::Closed ||
                                          front == BusState::Initialising || !wanted)) {
        close();
        return true;
    }
    if (state_ == BusState::Closed && front == BusState::Initialising && wanted) {
        write_state(BusState::InitWait);
        return true;
    }
    if (!stream_) return false;
    if (const auto port = take_port(ports_.fd())) unmask_port(ports_.fd(), *port);
    if (stream_->pump()) notify_port(ports_.fd(), port_);
    bool any = false;
    while (stream_) {
        const auto message = stream_->receive();
        if (!message) break;
        any = true;
        const auto request = decode_request(*message);
        if (!request) {
            trouble = "A request makes no sense.";
            continue;
        }
        requests.push_back(*request);
        if (answers) answer(*request);
    }
    if (stream_ && stream_->pump()) notify_port(ports_.fd(), port_);
    if (stream_ && stream_->broken() != nullptr) trouble = stream_->broken();
    return any;
}

void FakeGvm::send_octets(const std::vector<std::uint8_t>& message) {
    stream_->send(message);
    stream_->pump();
    notify_port(ports_.fd(), port_);
}

void FakeGvm::send(const LinkReply& reply) {
    send_octets(encode(reply));
}

std::string FakeGvm::map(Context& context, const LinkRequest& request) {
    const fake::InDomain here(kGvm);
    const auto refs =
        read_directory(kDvm, request.grants.directory, request.grants.bytes / ring::kPageBytes);
    if (const auto* why = std::get_if<std::string>(&refs)) return *why;
    const auto prepared = prepare_region(kDvm, std::get<std::vector<std::uint32_t>>(refs));
    if (const auto* why = std::get_if<std::string>(&prepared)) return *why;
    Mapping mapping;
    if (!mapping.map(std::get<UniqueFd>(prepared).get(), request.grants.bytes))
        return "The pages are not granted.";
    context.regions[request.region].mapping = std::move(mapping);
    return "";
}

std::string FakeGvm::bind(Context& context, const LinkRequest& request, std::uint32_t& port) {
    const fake::InDomain here(kGvm);
    try {
        if (!context.bells) context.bells = std::make_unique<EventChannels>();
    } catch (const std::exception& error) {
        return error.what();
    }
    const auto bound = context.bells->bind(kDvm, request.port);
    if (!bound) return "There is no such port.";
    port = *bound;
    return "";
}

std::string FakeGvm::open(Context& context, const LinkRequest& request) {
    std::string why = map(context, request);
    if (why.empty()) why = bind(context, request, context.doorbell);
    return why;
}

void FakeGvm::answer(const LinkRequest& request) {
    using Kind = LinkRequest::Kind;
    LinkReply reply;
    reply.context = request.context;
    reply.kind = LinkReply::Kind::Done;
    if (request.kind == Kind::Resume) {
        if (contexts.count(request.context) == 0) reply.kind = LinkReply::Kind::Closed;
        send(reply);
        return;
    }
    Context* context =
        request.context == 0 || request.kind == Kind::Close ? nullptr : &contexts[request.context];
    reply.text = refusal;
    switch (request.kind) {
        case Kind::Open:
            reply.text = open(*context, request);
            [[fallthrough]];
        case Kind::Query:
            reply.kind = LinkReply::Kind::Opened;
            reply.welcome = *encode(welcome);
            if (context != nullptr && welcome.refusal != Refusal::None)
                contexts.erase(request.context);
            break;
        case Kind::AddRegion:
            if (refusal.empty()) reply.text = map(*context, request);
            break;
        case Kind::RemoveRegion:
            if (refusal.empty()) context->regions.erase(request.region);
            break;
        case Kind::OpenChannel:
            if (refusal.empty())
                reply.text = bind(*context, request, context->channels[request.channel]);
            break;
        case Kind::Close:
            if (!unmaps || contexts.erase(request.context) == 0) return;
            reply.kind = LinkReply::Kind::Closed;
            break;
        case Kind::Resume:
            break;
    }
    if (request.kind != Kind::Close && !reply.text.empty() && refusal.empty()) trouble = reply.text;
    send(reply);
}

}  // namespace vgpu::broker::test
