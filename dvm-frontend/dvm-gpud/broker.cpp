// The loop, and applications that are served.
#include "dvm-gpud/broker.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "daemon/logging.h"

namespace vgpu::broker {

using transport::xen::LinkRequest;

Broker::Broker(Service service)
    : service_(std::move(service)),
      device_(store_, ports_, service_.device,
              {[this] { connected(); }, [this](const std::string& why) { lost(why); },
               [this](const std::string& why) { ended(why); }}),
      log_limit_(20, std::chrono::seconds(3)) {
    loop_.add(store_.fd(), [this] { device_.look(); });
    loop_.add(ports_.fd(), [this] { link_rung(); });
    greeter_ = std::make_unique<daemon::Greeter>(
        loop_, service_.socket,
        [this](std::unique_ptr<transport::LocalArrival> arrival) { arrive(*arrival); });
}

// All sockets close, the link goes, and the back end finds the device closed.
Broker::~Broker() = default;

void Broker::turn(std::optional<std::chrono::milliseconds> longest) {
    const std::optional<std::chrono::milliseconds> own = patience();
    loop_.run_once(own && longest ? std::min(own, longest) : own ? own : longest);
    greeter_->check_deadlines();
    if (device_.deadline() && Clock::now() >= *device_.deadline()) device_.look();
    if (more_replies_) serve_link();
    begin_waiting();
    check_deadlines();
    check_suspended();
    finish_link();
}

std::optional<std::chrono::milliseconds> Broker::patience() const {
    if (more_replies_) return std::chrono::milliseconds(0);
    std::optional<Clock::time_point> first = device_.deadline();
    if (give_up_at_) first = std::min(first.value_or(*give_up_at_), *give_up_at_);
    for (const auto& [number, application] : applications_) {
        if (application->state > State::Opening) continue;
        const Clock::time_point its = deadline_of(*application);
        first = std::min(first.value_or(its), its);
    }
    std::optional<std::chrono::milliseconds> wait = greeter_->patience();
    if (first) {
        const auto left =
            std::max(std::chrono::ceil<std::chrono::milliseconds>(*first - Clock::now()),
                     std::chrono::milliseconds(0));
        wait = std::min(wait.value_or(left), left);
    }
    return wait;
}

void Broker::hear(Application::Number number) {
    const auto found = applications_.find(number);
    if (found == applications_.end()) return;
    Application& application = *found->second;
    const Application::Heard heard = application.hear();
    if (!heard.why_ended.empty()) hang_up(application, heard.why_ended);
    if (!heard.request || !heard.why_ended.empty()) return;
    if (heard.request->kind == transport::Request::Kind::ExportRegion)
        return answer_export(application, *heard.request);
    const Context::Outcome outcome = outcome_of(application, heard);
    if (const LinkRequest* request = std::get_if<LinkRequest>(&outcome)) {
        if (application.state == State::Open) {
            device_.link()->send(*request);
        } else {
            application.held = *request;
        }
        return;
    }
    const std::string& why = std::get<std::string>(outcome);
    if (log_limit_.allow()) spdlog::info("{} is refused: {}", application.name(), why);
    if (!application.send(Context::Answer{{heard.request->serial, why, 0}, {}}))
        hang_up(application, "The application does not read.");
}

Context::Outcome Broker::outcome_of(Application& application, const Application::Heard& heard) {
    if (heard.request->kind != transport::Request::Kind::ImportRegion)
        return application.context->ask(*heard.request);
    return application.context->ask_import(*heard.request, exports_.find(heard.fd));
}

// The back end need not know who else is to have the pages.
void Broker::answer_export(Application& application, const transport::Request& request) {
    Context::Answer answer{{request.serial, {}, 0}, {}};
    std::shared_ptr<GrantedRegion> region = application.context->region(request.region);
    if (!region) {
        answer.ack.refusal = "There is no such region.";
    } else if (answer.fd = exports_.add(std::move(region), application.peer.uid); !answer.fd) {
        answer.ack.refusal = "This user, or this guest, has too many descriptors of shared memory.";
    }
    if (!application.send(answer)) hang_up(application, "The application does not read.");
}

// What was granted stays in the book until the back end has unmapped it.
void Broker::hang_up(Application& application, const std::string& why) {
    if (application.fd() >= 0) loop_.remove(application.fd());
    application.hang_up();
    if (!application.context) {
        erase(application);
        return;
    }
    if (application.state == State::Closing) return;
    application.state = State::Closing;
    spdlog::info("Context {} of {} closes: {}", application.context->id(), application.name(), why);
    LinkRequest close;
    close.kind = LinkRequest::Kind::Close;
    close.context = application.context->id();
    if (Link* link = device_.link()) link->send(close);
}

void Broker::erase(Application& application) {
    if (application.fd() >= 0) loop_.remove(application.fd());
    if (application.context) contexts_.erase(application.context->id());
    applications_.erase(application.number);
}

void Broker::log_usage() const {
    spdlog::info("{} of {} pages are granted; {} applications. {}", budget_.used(),
                 budget_.capacity(), applications_.size(),
                 device_.link() ? "Connected." : device_.why_not());
    for (const auto& [number, application] : applications_) {
        if (!application->context) continue;
        spdlog::info("Context {}: {} pages; {}{}", application->context->id(),
                     application->context->pages(), application->name(),
                     application->state == State::Closing ? "; closing"
                     : application->state == State::Open  ? ""
                                                          : "; not linked");
    }
}

}  // namespace vgpu::broker
