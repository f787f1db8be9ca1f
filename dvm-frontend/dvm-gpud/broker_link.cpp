// What comes over the link.
#include <spdlog/spdlog.h>

#include "daemon/logging.h"
#include "dvm-gpud/broker.h"
#include "transport/xen/evtchn_device.h"

namespace vgpu::broker {

using transport::Refusal;
using transport::xen::LinkReply;

namespace {
// At one go, before others' events are looked at.
constexpr int kRepliesPerTurn = 64;
}  // namespace

// However often it was rung, it is masked until it is taken here.
void Broker::link_rung() {
    if (const auto port = transport::xen::take_port(ports_.fd()))
        transport::xen::unmask_port(ports_.fd(), *port);
    device_.check_peer();
    serve_link();
}

void Broker::serve_link() {
    more_replies_ = false;
    if (Link* link = device_.link()) link->pump();
    for (int i = 0; i < kRepliesPerTurn; ++i) {
        // Each reply may end the link.
        Link* link = device_.link();
        if (link == nullptr) return;
        const std::optional<LinkReply> reply = link->receive();
        if (!reply) break;
        if (!take(*reply)) {
            device_.fail("The back end answers what it was not asked.");
            return;
        }
    }
    finish_link();
}

// Sends what has come together.
void Broker::finish_link() {
    Link* link = device_.link();
    if (link == nullptr) return;
    link->pump();
    more_replies_ = link->has_message();
    if (const std::string why = link->broken(); !why.empty()) device_.fail(why);
}

bool Broker::take(const LinkReply& reply) {
    if (reply.context == 0)
        return reply.kind == LinkReply::Kind::Opened && take_answer_to_question(reply);
    const auto context = contexts_.find(reply.context);
    // Of one that is gone there may be a last word: our Close and the back end's own Closed cross.
    if (context == contexts_.end()) {
        if (reply.kind == LinkReply::Kind::Closed) leftovers_.erase(reply.context);
        return reply.context <= last_context_;
    }
    Application& application = *applications_.at(context->second);
    switch (reply.kind) {
        case LinkReply::Kind::Opened:
            return take_opened(application, reply);
        case LinkReply::Kind::Done:
            if (application.resuming) return take_resumed(application);
            return take_done(application, reply);
        case LinkReply::Kind::Closed:
            take_closed(application, reply);
            return true;
    }
    return false;
}

bool Broker::take_answer_to_question(const LinkReply& reply) {
    if (questions_.empty()) return false;
    const auto found = applications_.find(questions_.front());
    questions_.pop_front();
    --greetings_;
    const std::optional<transport::Welcome> welcome = answered_query(reply);
    if (!welcome) return false;
    if (found == applications_.end()) return true;  // it did not wait
    found->second->send(*welcome);
    erase(*found->second);
    return true;
}

bool Broker::take_opened(Application& application, const LinkReply& reply) {
    const std::optional<Context::Greeting> greeting = application.context->opened(reply);
    if (!greeting) return false;
    --greetings_;
    const bool refused = greeting->welcome.refusal != Refusal::None;
    const bool sent =
        application.state == State::Closing || application.send(greeting->welcome, greeting->fds);
    if (refused) {
        if (log_limit_.allow())
            spdlog::warn("The GPU's domain refuses {}: {}", application.name(),
                         daemon::loggable(greeting->welcome.text));
        erase(application);
        return true;
    }
    if (application.state == State::Closing) return true;
    application.state = State::Open;
    spdlog::info("Context {} begins: {}; {} of {} pages are granted.", reply.context,
                 application.name(), budget_.used(), budget_.capacity());
    if (!sent) hang_up(application, "The application is gone before it was greeted.");
    return true;
}

bool Broker::take_done(Application& application, const LinkReply& reply) {
    if (application.context->settle()) {
        application.context->settled();
        if (application.state == State::Settling) go_on(application);
        return true;
    }
    const std::optional<Context::Answer> answer = application.context->done(reply);
    if (!answer) return false;
    if (!reply.text.empty() && log_limit_.allow())
        spdlog::warn("The GPU's domain refuses {}: {}", application.name(),
                     daemon::loggable(reply.text));
    if (application.state != State::Closing && !application.send(*answer))
        hang_up(application, "The application does not read.");
    return true;
}

void Broker::take_closed(Application& application, const LinkReply& reply) {
    spdlog::info("Context {} of {} ends: {}", reply.context, application.name(),
                 daemon::loggable(reply.text));
    if (application.context->is_opening()) --greetings_;
    if (application.state == State::Opening)
        application.send(transport::refuse(Refusal::Internal, reply.text));
    erase(application);
}

void Broker::connected() {
    budget_.set_capacity(device_.capacity().pages);
    resume_all();
}

}  // namespace vgpu::broker
