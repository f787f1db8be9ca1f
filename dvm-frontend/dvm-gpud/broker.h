// Who is who: applications, their contexts, and the one link that all share.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "daemon/event_loop.h"
#include "daemon/greeter.h"
#include "daemon/log_limit.h"
#include "dvm-gpud/application.h"
#include "dvm-gpud/device.h"
#include "dvm-gpud/exports.h"
#include "dvm-gpud/grant_budget.h"
#include "transport/xen/event_channels.h"
#include "transport/xen/link_messages.h"
#include "transport/xen/xenstore.h"

namespace vgpu::broker {

// Constant while the broker runs.
struct Service {
    std::string socket;
    std::uint32_t contexts_max = 0;
    std::uint32_t contexts_per_user = 0;
    std::uint32_t pages_per_application = 0;  // 0: three quarters of what there is
    std::chrono::milliseconds wait{5000};     // for a GPU
    // Contexts wait so long for the next back end, when theirs has died.
    std::chrono::milliseconds resume_within{30000};
    Device::Settings device;
};

// Owned by main(), which is its one thread. Neither applications nor the back end are trusted.
// Nothing waits for either; each event's work is bounded.
class Broker {
  public:
    // Applications give up ten seconds after their Hello; before that they are told why.
    static constexpr std::chrono::seconds kAnswerDeadline{9};
    // Open and Query messages, which may be long, without an answer at one time: so they fit what
    // may wait for room in the link. Who comes later waits for his turn.
    static constexpr std::size_t kGreetingsAtOnce = 8;
    // Connections that only ask what is offered, at one time.
    static constexpr std::size_t kQuestionsMax = 64;
    static constexpr std::size_t kQuestionsPerUser = 16;

    // Throws SetupError.
    explicit Broker(Service service);
    ~Broker();

    // One turn of the loop: sleeps until there is something to do, or `longest` is over.
    void turn(std::optional<std::chrono::milliseconds> longest = std::nullopt);
    // Who has how much, a line each.
    void log_usage() const;
    daemon::EventLoop& loop() { return loop_; }

    std::size_t applications() const { return applications_.size(); }
    const GrantBudget& budget() const { return budget_; }
    const Exports& exports() const { return exports_; }
    const Device& device() const { return device_; }

  private:
    using State = Application::State;
    using Clock = Application::Clock;

    // Newcomers (broker_arrivals.cpp).
    void arrive(transport::LocalArrival& arrival);
    // Empty when one more context (or question) of this user may be begun, beside those whose state
    // lies between these two.
    std::string why_too_many(uid_t user, bool context, State from, State to) const;
    void begin_waiting();
    void begin(Application& application);
    void check_deadlines();
    bool device_gone() const { return device_.link() == nullptr; }
    Clock::time_point deadline_of(const Application& application) const;
    void refuse(Application& application, transport::Refusal refusal, const std::string& text);

    // Those who are served (broker.cpp).
    void hear(Application::Number number);
    // What the back end is to be asked, or the sentence that refuses.
    Context::Outcome outcome_of(Application& application, const Application::Heard& heard);
    void answer_export(Application& application, const transport::Request& request);
    void hang_up(Application& application, const std::string& why);
    void erase(Application& application);
    std::optional<std::chrono::milliseconds> patience() const;

    // The link (broker_link.cpp).
    void link_rung();
    void serve_link();
    void finish_link();
    // False when the reply makes no sense.
    bool take(const transport::xen::LinkReply& reply);
    bool take_answer_to_question(const transport::xen::LinkReply& reply);
    bool take_opened(Application& application, const transport::xen::LinkReply& reply);
    bool take_done(Application& application, const transport::xen::LinkReply& reply);
    void take_closed(Application& application, const transport::xen::LinkReply& reply);
    void connected();

    // Contexts between two links (broker_resume.cpp).
    void lost(const std::string& why);
    void ended(const std::string& why);
    void forget_link();
    void suspend(Application& application);
    void resume_all();
    bool take_resumed(Application& application);
    void go_on(Application& application);
    void check_suspended();

    const Service service_;
    daemon::EventLoop loop_;
    transport::xen::Xenstore store_;
    transport::xen::EventChannels ports_;
    GrantBudget budget_;
    Exports exports_{loop_};
    Device device_;
    std::unique_ptr<daemon::Greeter> greeter_;
    std::map<Application::Number, std::unique_ptr<Application>> applications_;
    Application::Number last_number_ = 0;
    std::map<Context::Id, Application::Number> contexts_;
    // The back end died before it answered their Open: it may map their pages, and their
    // applications get others.
    std::map<Context::Id, std::unique_ptr<Context>> leftovers_;
    std::optional<Clock::time_point> give_up_at_;  // contexts of an earlier link
    Context::Id last_context_ = 0;
    std::deque<Application::Number> questions_;  // in the order of their answers
    std::size_t greetings_ = 0;
    bool more_replies_ = false;
    daemon::LogLimit log_limit_;
};

}  // namespace vgpu::broker
