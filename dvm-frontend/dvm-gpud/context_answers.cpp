// What the back end's answers change in the book.
#include <fcntl.h>

#include <algorithm>

#include "dvm-gpud/context.h"
#include "ring/layout.h"

namespace vgpu::broker {

using namespace transport;

namespace {

// A Welcome of the back end as an application may get it.
std::optional<Welcome> checked(const xen::LinkReply& reply) {
    std::optional<Welcome> welcome = decode_welcome(reply.welcome);
    if (!welcome) return std::nullopt;
    welcome->channels_max = std::min(welcome->channels_max, ring::kMaxChannels);
    welcome->doorbell_port = 0;
    return welcome;
}

// Empty when no descriptor is left: the application then has no memory.
UniqueFd duplicate(const UniqueFd& fd) {
    return UniqueFd(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 0));
}

}  // namespace

std::optional<Welcome> answered_query(const xen::LinkReply& reply) {
    return checked(reply);
}

std::optional<Context::Greeting> Context::opened(const xen::LinkReply& reply) {
    if (!asked_ || asked_->request) return std::nullopt;
    std::optional<Welcome> welcome = checked(reply);
    if (!welcome) return std::nullopt;
    Asked asked = std::move(*asked_);
    asked_.reset();
    Greeting greeting{std::move(*welcome), {}};
    if (greeting.welcome.refusal != Refusal::None) return greeting;
    control_ = std::move(asked.pages.region);
    channels_max_ = greeting.welcome.channels_max;
    greeting.welcome.doorbell_port = asked.bell.port;
    greeting.fds.push_back(duplicate(control_.granted->granted));
    greeting.fds.push_back(std::move(asked.bell.device));
    return greeting;
}

std::optional<Context::Answer> Context::interrupt() {
    if (!asked_ || !asked_->request) return std::nullopt;
    Asked asked = std::move(*asked_);
    asked_.reset();
    Answer answer{{asked.request->serial, "The service of the GPU's domain has died.", 0}, {}};
    // Removed it will be, before anything else: the application need not know when.
    if (asked.request->kind == Request::Kind::RemoveRegion) answer.ack.refusal.clear();
    if (asked.request->kind != Request::Kind::OpenChannel) unsettled_ = std::move(asked);
    return answer;
}

std::optional<xen::LinkRequest> Context::settle() const {
    if (!unsettled_) return std::nullopt;
    xen::LinkRequest request = message(xen::LinkRequest::Kind::RemoveRegion);
    request.region = unsettled_->request->region;
    return request;
}

void Context::settled() {
    if (!unsettled_) return;
    regions_.erase(unsettled_->request->region);
    unsettled_.reset();
}

std::optional<Context::Answer> Context::done(const xen::LinkReply& reply) {
    if (!asked_ || !asked_->request) return std::nullopt;
    Asked asked = std::move(*asked_);
    asked_.reset();
    const Request& request = *asked.request;
    Answer answer{{request.serial, reply.text, 0}, {}};
    if (!reply.text.empty()) return answer;
    switch (request.kind) {
        case Request::Kind::AddRegion:
        case Request::Kind::ImportRegion:
            answer.fd = duplicate(asked.pages.region.granted->granted);
            if (request.kind == Request::Kind::ImportRegion)
                answer.ack.value = asked.pages.region.granted->bytes;
            regions_[request.region] = std::move(asked.pages.region);
            break;
        case Request::Kind::RemoveRegion:
            regions_.erase(request.region);
            break;
        case Request::Kind::OpenChannel:
            channels_open_ |= std::uint64_t{1} << request.channel;
            answer.ack.value = asked.bell.port;
            answer.fd = std::move(asked.bell.device);
            break;
        case Request::Kind::ExportRegion:
        case Request::Kind::Goodbye:
            break;
    }
    return answer;
}

}  // namespace vgpu::broker
