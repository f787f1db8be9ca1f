// A GVM for tests: the supervisor's door to other domains, over the fake Xen, and its loop.
#pragma once

#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "daemon.h"
#include "daemon/event_loop.h"
#include "front_end.h"
#include "gpud/contexts.h"
#include "gpud/service.h"
#include "gpud/xen_door.h"
#include "xen-fake/fake_evtchn.h"
#include "xen-fake/fake_grants.h"
#include "xen-fake/fake_xenstore.h"

namespace vgpu::gpud {

// What a test of leaks compares.
struct Held {
    std::size_t descriptors, mapped, ports, watches;
    bool operator==(const Held&) const = default;
};

// The thread is in the GVM's domain while this lives. Domains kGvm and kDvm are there, and no
// device.
class XenWorld {
  public:
    explicit XenWorld(std::uint32_t contexts_max = 64);
    ~XenWorld();

    // As gvmctl does, in both directories.
    static void attach(unsigned domid = kDvm, unsigned device = 0);
    static void remove_directories(unsigned domid = kDvm, unsigned device = 0);
    static std::string backend(const std::string& node, unsigned domid = kDvm, unsigned device = 0);
    static std::string read_backend(const std::string& node, unsigned domid = kDvm);
    static bool is_state(transport::xen::BusState state, unsigned domid = kDvm);

    // Begins to serve, as gvm-gpud does when it starts.
    void serve();
    // Ends as by SIGTERM.
    void stop();
    // Ends as by SIGKILL: descriptors close, nobody is told.
    void die();
    // How workers behave that are started from now on; see stub_worker.cpp.
    void set_manner(const std::string& word);

    void turn();
    // Turns until `done`, at most 10 s.
    void until(const std::string& what, const std::function<bool()>& done);
    // Some turns in which nothing is waited for.
    void settle();
    // Through the handshake.
    void connect(FrontEnd& front);
    transport::xen::LinkReply reply(FrontEnd& front);
    // The text of the Welcome that answers.
    std::string open(FrontEnd& front, std::uint32_t context);
    transport::xen::LinkReply ask(FrontEnd& front, const transport::xen::LinkRequest& request);
    // Adds a region that has room for one channel.
    Granted add_region(FrontEnd& front, std::uint32_t context, std::uint32_t region);
    // The back end has ended the link: Closed, with this in its error.
    void until_failed(const std::string& error, unsigned domid = kDvm);

    std::size_t contexts() const { return contexts_->count(); }
    void kill_workers() { contexts_->kill_all(); }
    const ContextSlots& slots() const { return contexts_->slots(); }
    Held held() const;
    std::string log() const { return log_.str(); }
    int logged(const std::string& text) const;
    daemon::EventLoop& loop() { return *loop_; }
    // To be changed before serve().
    Service& service() { return service_; }
    int turns() const { return turns_; }
    // Of all contexts that the log tells of.
    std::vector<pid_t> workers() const;

  private:
    fake::InDomain here_{kGvm};
    TemporaryDirectory directory_;
    std::ostringstream log_;
    Service service_;
    std::unique_ptr<daemon::EventLoop> loop_;
    std::unique_ptr<Contexts> contexts_;
    std::unique_ptr<XenDoor> door_;
    int turns_ = 0;
};

// And a front end of kDvm that is through the handshake.
class ConnectedWorld : public XenWorld {
  public:
    explicit ConnectedWorld(std::uint32_t contexts_max = 64) : XenWorld(contexts_max) {
        attach();
        serve();
        connect(front);
    }
    FrontEnd front;
};

}  // namespace vgpu::gpud
