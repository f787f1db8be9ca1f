// A device's counters in xenstore, for administrators: written seldom, and only when they changed.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>

#include "daemon/event_loop.h"
#include "transport/xen/xenstore.h"
#include "worker/account.h"

namespace vgpu::gpud {

// Owned by its device, on the supervisor's one thread. Reads what workers count, who may lie about
// their own domain, and writes the sums of all contexts, those that ended included. It looks once
// a second, and less and less often while nothing changes: an idle device wakes nobody for long.
class XenStats {
  public:
    // `directory` is the device's; the nodes lie in stats/ below. All outlive this.
    XenStats(daemon::EventLoop& loop, transport::xen::Xenstore& store, std::string directory,
             worker::AccountPage& account);
    ~XenStats();
    XenStats(const XenStats&) = delete;
    XenStats& operator=(const XenStats&) = delete;

    // The directory was made anew: nothing stands there.
    void forget() { written_.clear(); }
    void context_began();
    // By an earlier back end.
    void context_lives_on();
    // Its line is added to the sums and cleared. `by_itself`: no guest and no administrator ended
    // it.
    void context_ended(std::uint32_t line, bool by_itself);

  private:
    void look_in(std::chrono::seconds time);
    void look();
    bool write();

    daemon::EventLoop& loop_;
    transport::xen::Xenstore& store_;
    const std::string directory_;
    worker::AccountPage& account_;
    std::uint64_t contexts_ = 0, started_ = 0, restarts_ = 0;
    // Of contexts that ended.
    std::uint64_t submissions_ = 0, frames_ = 0, bytes_ = 0, busy_ns_ = 0, refused_shaders_ = 0;
    std::map<std::string, std::uint64_t> written_;
    std::chrono::seconds interval_{1};
    daemon::EventLoop::TimerId timer_ = 0;
};

}  // namespace vgpu::gpud
