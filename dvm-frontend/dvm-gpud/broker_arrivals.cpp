// Newcomers: counted, kept waiting for a GPU, greeted in their turn.
#include <spdlog/spdlog.h>

#include <vector>

#include "daemon/logging.h"
#include "dvm-gpud/broker.h"

namespace vgpu::broker {

using transport::LocalArrival;
using transport::Refusal;
using transport::xen::LinkRequest;

void Broker::arrive(LocalArrival& arrival) {
    // Those that close will soon be gone: who is one too many for them alone may wait.
    const std::string why = why_too_many(arrival.peer().uid, arrival.hello().wants_context,
                                         State::Waiting, State::Open);
    auto application = std::make_unique<Application>(++last_number_, arrival);
    Application& newcomer = *application;
    applications_[newcomer.number] = std::move(application);
    loop_.add(newcomer.fd(), [this, number = newcomer.number] { hear(number); });
    if (!why.empty()) {
        refuse(newcomer, Refusal::TooManyContexts, why);
    } else if (service_.wait.count() == 0 && device_gone()) {
        refuse(newcomer, Refusal::NoDevice, device_.why_not());
    }
}

std::string Broker::why_too_many(uid_t user, bool context, State from, State to) const {
    std::size_t all = 0;
    std::size_t own = 0;
    for (const auto& [number, each] : applications_) {
        if (each->hello.wants_context != context || each->state < from || each->state > to)
            continue;
        ++all;
        own += each->peer.uid == user;
    }
    if (!context)
        return all < kQuestionsMax && own < kQuestionsPerUser
                   ? ""
                   : "Too many programs ask at one time. Try again.";
    const std::string end =
        " contexts already. End another program that uses Vulkan, or ask the "
        "administrator to raise ";
    if (own >= service_.contexts_per_user)
        return "User " + std::to_string(user) + " has " + std::to_string(own) + end +
               "--contexts-per-user of dvm-gpud.";
    if (all >= service_.contexts_max)
        return "This guest has " + std::to_string(all) + end + "--contexts-max of dvm-gpud.";
    return "";
}

// In the order in which they came. Contexts that close count here: what they were granted does too.
void Broker::begin_waiting() {
    std::vector<Application*> waiting;
    for (const auto& [number, application] : applications_) {
        if (application->state == State::Waiting) waiting.push_back(application.get());
    }
    for (Application* application : waiting) {
        if (device_gone() || greetings_ >= kGreetingsAtOnce) return;
        if (application->hello.wants_context &&
            !why_too_many(application->peer.uid, true, State::Opening, State::Closing).empty())
            continue;
        begin(*application);
    }
}

void Broker::begin(Application& application) {
    if (!application.hello.wants_context) {
        LinkRequest question;
        question.kind = LinkRequest::Kind::Query;
        if (const auto hello = encode(application.hello)) question.hello = *hello;
        device_.link()->send(question);
        questions_.push_back(application.number);
        application.state = State::Asking;
        ++greetings_;
        return;
    }
    const std::uint32_t share = service_.pages_per_application != 0
                                    ? service_.pages_per_application
                                    : budget_.capacity() - budget_.capacity() / 4;
    application.context = std::make_unique<Context>(++last_context_, device_.gvm(), budget_, share);
    const Context::Outcome outcome = application.context->open(application.hello);
    if (const std::string* why = std::get_if<std::string>(&outcome)) {
        application.context.reset();
        refuse(application, Refusal::TooManyContexts,
               *why + " Pages are bounded by " + device_.capacity().because + ".");
        return;
    }
    device_.link()->send(std::get<LinkRequest>(outcome));
    contexts_[application.context->id()] = application.number;
    application.state = State::Opening;
    ++greetings_;
}

Broker::Clock::time_point Broker::deadline_of(const Application& application) const {
    return application.came + (application.state == State::Waiting && device_gone()
                                   ? service_.wait
                                   : std::chrono::milliseconds(kAnswerDeadline));
}

void Broker::check_deadlines() {
    std::vector<Application*> late;
    const Clock::time_point now = Clock::now();
    for (const auto& [number, application] : applications_) {
        if (application->state <= State::Opening && deadline_of(*application) <= now)
            late.push_back(application.get());
    }
    for (Application* application : late) {
        if (device_gone()) {
            refuse(*application, Refusal::NoDevice, device_.why_not());
        } else if (application->state == State::Waiting) {
            refuse(*application, Refusal::TooManyContexts,
                   "Contexts of programs that have ended do not close in time, or too many begin. "
                   "Ask the administrator to look at gvm-gpud's log in the GPU's domain.");
        } else {
            refuse(*application, Refusal::NoDevice,
                   "The GPU's domain (" + std::to_string(device_.gvm()) +
                       ") does not answer in time. Ask the administrator to look at gvm-gpud's log "
                       "there.");
        }
    }
}

void Broker::refuse(Application& application, Refusal refusal, const std::string& text) {
    application.send(transport::refuse(refusal, text));
    if (log_limit_.allow()) {
        spdlog::warn("Refused {}: {}", application.name(), text);
        if (const auto held = log_limit_.take_held_back())
            spdlog::warn("{} such lines were left out.", held);
    }
    hang_up(application, "It was refused.");
}

}  // namespace vgpu::broker
