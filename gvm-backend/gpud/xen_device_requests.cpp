// What a front end asks over its link: contexts begin, are given memory, and end.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>
#include <utility>

#include "daemon/logging.h"
#include "gpud/xen_device.h"
#include "transport/xen/vgpuif.h"

namespace vgpu::gpud {

using namespace transport::xen;

namespace {

// What one turn of the loop serves, so that a guest that asks without end keeps nobody else
// waiting: so many requests, or fewer that cost more.
constexpr std::uint64_t kCostPerTurn = 32;

// An Open starts a process; of granted memory each directory page is mapped and read.
std::uint64_t cost_of(const LinkRequest& request) {
    if (request.kind == LinkRequest::Kind::Open) return kCostPerTurn;
    return 1 + request.grants.bytes / (kRefsPerDirectory * ring::kPageBytes);
}

// Rings, control regions and status pages of a context come on top of its memory limit.
constexpr std::uint64_t kOverheadBytes = 64ull << 20;

// An application's words, which the front end only carries.
std::optional<transport::Welcome> why_not_this_guest(const std::optional<transport::Hello>& hello) {
    if (!hello)
        return transport::refuse(transport::Refusal::Internal, "The guest's Hello makes no sense.");
    if (hello->protocol_version == transport::kProtocolVersion) return std::nullopt;
    return transport::refuse(transport::Refusal::VersionMismatch,
                             "The guest speaks protocol version " +
                                 std::to_string(hello->protocol_version) + ", this service " +
                                 std::to_string(transport::kProtocolVersion) + ".");
}

}  // namespace

void XenDevice::serve_link() {
    link_->pump();
    // One that does not read its answers gets no more of them.
    for (std::uint64_t cost = 0; cost < kCostPerTurn && !link_->stream().is_congested();) {
        const auto message = link_->stream().receive();
        if (!message) break;
        const std::optional<LinkRequest> request = decode_request(*message);
        if (!request) {
            fail("The front end sends a request that makes no sense.");
            return;
        }
        cost += cost_of(*request);
        serve(*request);
        if (!link_) return;
    }
    link_->pump();
    if (const char* why = link_->stream().broken()) {
        fail(why);
        return;
    }
    if (link_->stream().has_message() && !link_->stream().is_congested()) serve_soon();
}

void XenDevice::serve_soon() {
    if (serve_timer_ != 0) return;
    serve_timer_ = world_.loop.call_at(daemon::EventLoop::Clock::now(), [this] {
        serve_timer_ = 0;
        if (link_) serve_link();
    });
}

void XenDevice::serve(const LinkRequest& request) {
    switch (request.kind) {
        case LinkRequest::Kind::Query:
            reply_opened(
                0, why_not_this_guest(transport::decode_hello(request.hello)).value_or(welcome()));
            return;
        case LinkRequest::Kind::Open:
            open(request);
            return;
        case LinkRequest::Kind::Resume:
            resume(request);
            return;
        default:
            forward(request);
    }
}

void XenDevice::open(const LinkRequest& request) {
    if (request.context <= last_id_) {
        fail("The front end opens context " + std::to_string(request.context) + " after " +
             std::to_string(last_id_) + ".");
        return;
    }
    last_id_ = request.context;
    end_unclaimed("Its front end begins others, and has not asked for it.");
    const std::optional<transport::Hello> hello = transport::decode_hello(request.hello);
    if (const auto refusal = why_not_this_guest(hello)) {
        reply_opened(request.context, *refusal);
        return;
    }
    if (!may_open(request.context)) return;
    const std::string why_not = start_context(request, hello->application);
    if (why_not.empty()) return;
    if (log_limit_.allow())
        spdlog::warn("{}: context {} is refused: {}", label(), request.context,
                     daemon::loggable(why_not));
    reply_opened(request.context, transport::refuse(transport::Refusal::Internal, why_not));
}

// Refuses what would be too many contexts, or too many too fast.
bool XenDevice::may_open(ContextId context) {
    const auto refuse = [&](const std::string& text) {
        reply_opened(context, transport::refuse(transport::Refusal::TooManyContexts, text));
        return false;
    };
    const std::uint32_t most = tuning_.contexts_max.value_or(kDefaultContextsMax);
    // Those that are ending leave room already, but workers that do not end are no way past the
    // limit.
    if (living_contexts() >= most || contexts_.size() / 2 >= most)
        return refuse("This domain runs " + std::to_string(contexts_.size()) +
                      " contexts already, and may run " + std::to_string(most) +
                      ". End another program that uses Vulkan, or ask the administrator to raise "
                      "contexts-max.");
    // Others shall find a place, whatever this domain's own limit is.
    const std::uint32_t places = world_.contexts.max();
    if (places > 1 && contexts_.size() >= places - places / 4)
        return refuse("This domain has " + std::to_string(contexts_.size()) + " of the service's " +
                      std::to_string(places) +
                      " places already, and the rest is for others. End another program that uses "
                      "Vulkan, or ask the administrator to raise --contexts-max of gvm-gpud.");
    const std::uint32_t rate = tuning_.contexts_per_minute.value_or(kDefaultContextsPerMinute);
    bool first = false;
    if (open_rate_.take(rate, first)) return true;
    if (first)
        spdlog::warn(
            "{}: contexts begin too fast, and are refused: at most {} a minute, a quarter "
            "of them at once. If its programs need more: gvmctl set, "
            "contexts-per-minute.",
            label(), rate);
    return refuse("This domain begins contexts too fast: " + std::to_string(rate) +
                  " a minute are allowed. Wait a second and try again, or ask the administrator "
                  "to raise contexts-per-minute.");
}

static worker::Preparation kind_of(const worker::StartMessage& start) {
    return {start.options.gpu, start.jail, start.log_level};
}

std::string XenDevice::start_context(const LinkRequest& request, const std::string& application) {
    std::optional<ContextSlots::Slot> place = world_.contexts.take_place();
    if (!place) return "The service runs as many contexts as it may (--contexts-max).";
    XenContext context(name_.domid);
    XenHandover handover;
    if (std::optional<std::string> why = context.prepare(request, handover)) return *why;
    worker::StartMessage start;
    Contexts::Number number = 0;
    handover.successors = world_.contexts.slots().listen(*place);
    if (!handover.successors)
        return std::string("A socket for the worker cannot be made: ") + std::strerror(errno) + ".";
    try {
        start = start_message();
        number = world_.contexts.begin(
            std::move(*place), kind_of(start),
            daemon::loggable(application) + " of domain " + std::to_string(name_.domid),
            [this](Contexts::Number ended, const std::string& why) { context_ended(ended, why); },
            ContextSlots::Owner{name_.domid, name_.device, request.context,
                                start.options.account_line});
    } catch (const std::exception& error) {
        return error.what();
    }
    try {
        world_.loop.add(context.fd(), [this, number] { worker_event(number); });
    } catch (const std::exception& error) {
        world_.contexts.end(number);
        return error.what();
    }
    const std::uint32_t line = start.options.account_line;
    contexts_.emplace(number, Entry{std::move(context), request.context, line});
    account_.page().lines_used = std::max(account_.page().lines_used.load(), line + 1);
    stats_.context_began();
    by_id_[request.context] = number;
    reply_opened(request.context, welcome());
    world_.contexts.hand_over(number, start, std::move(handover), account_.duplicate());
    return {};
}

transport::Welcome XenDevice::welcome() const {
    transport::Welcome welcome = world_.service.welcome;
    welcome.memory_limit_bytes = memory_limit_bytes();
    return welcome;
}

void XenDevice::expect_contexts() {
    try {
        world_.contexts.expect(kind_of(start_message()));
    } catch (const std::exception&) {
        // The guest is told when it wants a context.
    }
}

// Throws SetupError when the key `gpu` names one that is not there.
worker::StartMessage XenDevice::start_message() const {
    const Service& service = world_.service;
    const std::string address = tuning_.gpu.value_or("");
    const GpuSetup gpu =
        address.empty() ? service.gpu : set_up_gpu(service.report, service.options, address);
    worker::StartMessage start{gpu.host, gpu.jail, {}, {}};
    start.options.memory_limit_bytes = memory_limit_bytes();
    start.jail.memory_max = worker_memory_max(service.options, memory_limit_bytes());
    if (tuning_.features) start.options.features = to_string(*tuning_.features);
    if (tuning_.shader_gate) start.options.shader_gate = *tuning_.shader_gate;
    start.options.account_line = free_account_line();
    start.jail.event_channels = true;
    start.log_level = tuning_.log_level.value_or(service.options.log_level);
    return start;
}

void XenDevice::forward(const LinkRequest& request) {
    const auto found = by_id_.find(request.context);
    if (found == by_id_.end()) {
        // One that has just ended; its Closed is on its way.
        if (request.context <= last_id_) return;
        fail("The front end speaks of context " + std::to_string(request.context) +
             ", which it never opened.");
        return;
    }
    const Contexts::Number number = found->second;
    if (request.kind == LinkRequest::Kind::Close) {
        end(number, "The guest closes it.");
        return;
    }
    const std::uint64_t limit = memory_limit_bytes() + kOverheadBytes;
    const std::uint64_t used = shared_bytes();
    const XenContext::Outcome outcome =
        contexts_.at(number).context.request(request, limit > used ? limit - used : 0);
    switch (outcome.kind) {
        case XenContext::Outcome::Kind::Sent:
            return;
        case XenContext::Outcome::Kind::Refused:
            reply(LinkReply::Kind::Done, request.context, outcome.text);
            return;
        case XenContext::Outcome::Kind::Broken:
            end(number, outcome.text);
    }
}

std::uint32_t XenDevice::free_account_line() const {
    std::set<std::uint32_t> taken;
    for (const auto& [number, entry] : contexts_) taken.insert(entry.account_line);
    std::uint32_t line = 0;
    while (taken.count(line) != 0) ++line;
    return line;
}

// Its Closed is sent when the worker is gone, and with it the last mapping.
void XenDevice::end(Contexts::Number number, const std::string& why) {
    Entry& entry = contexts_.at(number);
    if (std::exchange(entry.closing, true)) return;
    spdlog::debug("Context {}: {}", number, why);
    if (const auto named = by_id_.find(entry.id); named != by_id_.end() && named->second == number)
        by_id_.erase(named);
    forget_line(entry.context);
    world_.contexts.end(number);
}

void XenDevice::forget_line(XenContext& context) {
    if (context.fd() < 0) return;
    world_.loop.remove(context.fd());
    context.hang_up();
}

void XenDevice::worker_event(Contexts::Number number) {
    const auto found = contexts_.find(number);
    if (found == contexts_.end()) return;
    const XenContext::Answer answer = found->second.context.take_answer();
    switch (answer.kind) {
        case XenContext::Answer::Kind::None:
            return;
        case XenContext::Answer::Kind::Given:
            reply(LinkReply::Kind::Done, found->second.id, answer.refusal);
            return;
        case XenContext::Answer::Kind::Gone:
            found->second.worker_failed = true;
            end(number, "The worker hangs up.");
    }
}

void XenDevice::context_ended(Contexts::Number number, const std::string& why) {
    const auto found = contexts_.find(number);
    if (found == contexts_.end()) return;
    const bool tell = found->second.of_this_link;
    const ContextId id = found->second.id;
    if (const auto kept = unclaimed_.find(id); kept != unclaimed_.end() && kept->second == number)
        unclaimed_.erase(kept);
    const bool failed = found->second.worker_failed || !found->second.closing;
    stats_.context_ended(found->second.account_line, failed);
    // The same id may be another context's of a later link.
    if (tell) by_id_.erase(id);
    forget_line(found->second.context);
    contexts_.erase(found);
    if (tell) reply(LinkReply::Kind::Closed, id, why);
    if (contexts_.empty() && state_ == BusState::Closing) set_state(BusState::Closed);
    tell_if_over();
}

void XenDevice::reply(LinkReply::Kind kind, ContextId context, std::string text) {
    if (!link_) return;
    send(LinkReply{kind, context, std::move(text), {}});
}

void XenDevice::reply_opened(ContextId context, const transport::Welcome& welcome) {
    if (!link_) return;
    LinkReply reply{LinkReply::Kind::Opened, context, {}, {}};
    reply.welcome = transport::encode(welcome).value_or(std::vector<std::uint8_t>());
    send(reply);
}

// A link that breaks here is not closed here: who answers is in the midst of something.
void XenDevice::send(const LinkReply& reply) {
    link_->stream().send(encode(reply));
    link_->pump();
    if (link_->stream().broken() != nullptr) serve_soon();
}

}  // namespace vgpu::gpud
