// One vgpu device of another domain: its states in xenstore, its link, and its contexts.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/event_loop.h"
#include "daemon/log_limit.h"
#include "gpud/contexts.h"
#include "gpud/open_rate.h"
#include "gpud/service.h"
#include "gpud/xen_context.h"
#include "gpud/xen_link.h"
#include "gpud/xen_stats.h"
#include "transport/xen/tuning.h"
#include "transport/xen/xenstore.h"
#include "worker/account.h"

namespace vgpu::gpud {

// Owned by the door, on the supervisor's one thread. The guest is hostile: what it writes to
// xenstore and to its link costs bounded work, and its nonsense ends its own link and contexts.
// The guest's identity is the path that the toolstack made, never a payload.
class XenDevice {
  public:
    struct Name {
        std::uint32_t domid = 0;
        std::uint32_t device = 0;
        auto operator<=>(const Name&) const = default;
    };
    // Of "5/0", and of what stands below it; nothing where no device is named.
    static std::optional<Name> parse_name(std::string_view text);
    // Of xenstore, where both ends have their nodes.
    static std::string backend_path(Name name);
    static std::string frontend_path(Name name);

    // False when the toolstack has made no directory for it.
    static bool may_be_there(const transport::xen::Xenstore& store, Name name);

    // What is the same for all devices; outlives them.
    struct World {
        daemon::EventLoop& loop;
        transport::xen::Xenstore& store;
        Contexts& contexts;
        const Service& service;
        // Told from within a call here that some device became over().
        std::function<void()> device_is_over;
    };
    // Its watch's events have the token "5/0".
    XenDevice(World world, Name name);
    // Contexts that run still are not ended: as when the process dies, they wait for the next.
    ~XenDevice();
    XenDevice(const XenDevice&) = delete;
    XenDevice& operator=(const XenDevice&) = delete;

    // To be called when something at either of its paths changed, and at first. Looks now, or a
    // little later when it is called too often.
    void changed();
    // No more contexts: the service stops.
    void close();
    // Its directory is gone, and the last of its contexts too.
    bool over() const { return detached_ && contexts_.empty(); }

  private:
    using BusState = transport::xen::BusState;
    using ContextId = transport::xen::ContextId;

    // A context, from Open (or the start of a back end that finds it) until its worker is gone.
    struct Entry {
        XenContext context;
        ContextId id = 0;
        std::uint32_t account_line = 0;
        bool of_this_link = true;  // else nobody is told of its end
        bool closing = false;
        bool worker_failed = false;  // nobody told it to end
    };

    std::string token() const;
    void look();
    void look_later(daemon::EventLoop::Clock::time_point time);
    void retry_later();
    // Whether there is a back end's directory, and it is the one that was written to.
    bool look_at_directory();
    void forget_directory();
    // The front end's state as it wrote it; nothing when it cannot be known now.
    std::optional<BusState> look_at_front_end();
    void follow(BusState front);
    void tell_if_over();
    bool put(const std::string& node, const std::string& value);
    void set_state(BusState state);
    void set_error(const std::string& sentence);
    void front_end_is_gone();
    void shut();
    void begin_anew();
    void connect();
    void fail(const std::string& sentence);
    void disconnect();

    // Contexts of an earlier supervisor (xen_device_survivors.cpp).
    void adopt_survivors();
    void resume(const transport::xen::LinkRequest& request);
    void end_unclaimed_at(daemon::EventLoop::Clock::time_point time);
    void end_unclaimed(const std::string& why);

    void link_event();
    void serve_link();
    void serve_soon();
    void serve(const transport::xen::LinkRequest& request);
    void open(const transport::xen::LinkRequest& request);
    bool may_open(ContextId context);
    std::string start_context(const transport::xen::LinkRequest& request,
                              const std::string& application);
    void forward(const transport::xen::LinkRequest& request);
    void end(Contexts::Number number, const std::string& why);
    void worker_event(Contexts::Number number);
    void context_ended(Contexts::Number number, const std::string& why);
    void reply(transport::xen::LinkReply::Kind kind, ContextId context, std::string text);
    void send(const transport::xen::LinkReply& reply);
    void reply_opened(ContextId context, const transport::Welcome& welcome);
    void forget_line(XenContext& context);

    std::uint32_t free_account_line() const;
    std::size_t living_contexts() const;
    std::uint64_t shared_bytes() const;
    void read_tuning();
    void apply_tuning();
    std::uint64_t memory_limit_bytes() const;
    transport::Welcome welcome() const;
    worker::StartMessage start_message() const;
    // A worker of the kind that its contexts want is started ahead.
    void expect_contexts();
    std::string label() const;

    const World world_;
    const Name name_;
    const std::string backend_;
    const std::string frontend_;
    bool watching_ = false;
    BusState state_ = BusState::Unknown;  // as we wrote it last
    bool detached_ = false;
    bool had_front_end_ = false;  // its directory was there
    bool closed_ = false;
    std::string failure_;  // why the front end must begin anew; empty when it need not
    std::string error_;    // as it stands in xenstore
    transport::xen::Tuning tuning_;
    std::map<std::string, std::string> seen_tuning_;  // values that were read last

    worker::Account account_;
    XenStats stats_;
    std::unique_ptr<XenLink> link_;
    ContextId last_id_ = 0;
    OpenRate open_rate_;
    std::map<Contexts::Number, Entry> contexts_;
    std::map<ContextId, Contexts::Number> by_id_;  // of this link, until they are closing
    // Of an earlier back end, until the front end asks for them.
    std::map<ContextId, Contexts::Number> unclaimed_;
    daemon::EventLoop::TimerId claim_timer_ = 0;
    daemon::EventLoop::TimerId look_timer_ = 0;
    daemon::EventLoop::TimerId serve_timer_ = 0;
    daemon::EventLoop::Clock::time_point last_connect_{};
    daemon::LogLimit log_limit_;
    daemon::LogLimit look_limit_;  // as good for looks as for lines
};

}  // namespace vgpu::gpud
