// Between two links: contexts wait for the next back end, or end.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "dvm-gpud/broker.h"

namespace vgpu::broker {

using transport::xen::ContextId;
using transport::xen::LinkRequest;

namespace {

LinkRequest about(LinkRequest::Kind kind, ContextId context) {
    LinkRequest request;
    request.kind = kind;
    request.context = context;
    return request;
}

}  // namespace

void Broker::forget_link() {
    questions_.clear();
    greetings_ = 0;
    more_replies_ = false;
    for (const auto& [number, application] : applications_) application->resuming = false;
}

// Who was not greeted yet may have the next link.
void Broker::lost(const std::string& why) {
    forget_link();
    std::size_t were_open = 0;
    for (const auto& [number, application] : applications_) {
        if (application->state <= State::Opening) {
            application->state = State::Waiting;
            if (!application->context) continue;
            const ContextId id = application->context->id();
            contexts_.erase(id);
            leftovers_[id] = std::move(application->context);
        } else if (application->state != State::Closing) {
            were_open += application->state == State::Open;
            suspend(*application);
        }
    }
    if (contexts_.empty() && leftovers_.empty()) return;
    // One that never comes to serve them gains no time.
    if (!give_up_at_ || were_open != 0) give_up_at_ = Clock::now() + service_.resume_within;
    if (were_open != 0) spdlog::warn("{} contexts go on without a link: {}", were_open, why);
}

void Broker::suspend(Application& application) {
    const State before = std::exchange(application.state, State::Suspended);
    if (before != State::Open) return;  // what it asked since was not sent
    const std::optional<Context::Answer> answer = application.context->interrupt();
    if (answer && !application.send(*answer))
        hang_up(application, "The application does not read.");
}

void Broker::ended(const std::string& why) {
    forget_link();
    std::vector<Application*> greeted;
    for (const auto& [number, application] : applications_) {
        if (application->state > State::Opening) {
            greeted.push_back(application.get());
        } else {
            application->context.reset();
            application->state = State::Waiting;
        }
    }
    for (Application* application : greeted) erase(*application);
    contexts_.clear();
    leftovers_.clear();
    give_up_at_.reset();
    last_context_ = 0;
    if (!greeted.empty()) spdlog::warn("{} contexts end: {}", greeted.size(), why);
}

// In growing order, and before any other begins.
void Broker::resume_all() {
    std::vector<ContextId> ids;
    for (const auto& [id, number] : contexts_) ids.push_back(id);
    for (const auto& [id, context] : leftovers_) ids.push_back(id);
    std::sort(ids.begin(), ids.end());
    for (const ContextId id : ids) {
        device_.link()->send(about(LinkRequest::Kind::Resume, id));
        const auto found = contexts_.find(id);
        Application* application =
            found == contexts_.end() ? nullptr : applications_.at(found->second).get();
        if (application != nullptr) application->resuming = true;
        if (application == nullptr || application->state == State::Closing)
            device_.link()->send(about(LinkRequest::Kind::Close, id));
    }
}

bool Broker::take_resumed(Application& application) {
    application.resuming = false;
    if (application.state == State::Closing) return true;
    if (const std::optional<LinkRequest> request = application.context->settle()) {
        application.state = State::Settling;
        device_.link()->send(*request);
    } else {
        go_on(application);
    }
    return true;
}

void Broker::go_on(Application& application) {
    application.state = State::Open;
    spdlog::info("Context {} of {} is linked again.", application.context->id(),
                 application.name());
    if (application.held) device_.link()->send(*application.held);
    application.held.reset();
}

void Broker::check_suspended() {
    if (!give_up_at_ || Clock::now() < *give_up_at_) return;
    give_up_at_.reset();
    if (device_.link() == nullptr) {
        ended("No service has come back in the GPU's domain.");
        return;
    }
    std::vector<Application*> late;
    for (const auto& [number, application] : applications_) {
        if (application->state == State::Suspended || application->state == State::Settling)
            late.push_back(application.get());
    }
    for (Application* application : late)
        hang_up(*application, "The service in the GPU's domain does not resume it.");
}

}  // namespace vgpu::broker
