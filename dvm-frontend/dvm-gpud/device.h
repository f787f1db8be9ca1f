// The front end of one vgpu device in xenstore: finds it, shakes hands, notices every end, and
// begins anew by itself.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "dvm-gpud/grant_budget.h"
#include "dvm-gpud/link.h"
#include "transport/xen/event_channels.h"
#include "transport/xen/xenstore.h"

namespace vgpu::broker {

// The state machine of transport/xen/vgpuif.h. Owned by the broker, on its one thread. What the
// toolstack wrote is believed, what the back end wrote is not. Nothing waits for the back end: each
// look() takes what is there, so that it does not matter which changes were seen.
class Device {
  public:
    using Clock = std::chrono::steady_clock;

    struct Settings {
        std::optional<std::uint32_t> number;
        std::uint32_t grants_reserved = 0;
        bool set_gntalloc_limit = false;
        std::string gntalloc_limit = kGntallocLimit;
        // After the link could not be shared, or the back end sent nonsense.
        std::chrono::milliseconds retry_after{3000};
    };
    struct Events {
        std::function<void()> connected;  // link() is there
        // link() goes, for this reason; the next back end may have what this one had.
        std::function<void(const std::string&)> lost;
        // Nobody has anything any more: the device is closed or gone. Also without a link.
        std::function<void(const std::string&)> ended;
    };

    // `store` and `ports` outlive it. Throws SetupError when xenstore cannot be watched.
    Device(transport::xen::Xenstore& store, transport::xen::EventChannels& ports, Settings settings,
           Events events);
    ~Device();
    Device(const Device&) = delete;
    Device& operator=(const Device&) = delete;

    // Takes xenstore's events, a bounded number, and looks. To be called when store.fd() is
    // readable, which it is at once, and after deadline().
    void look();
    std::optional<Clock::time_point> deadline() const { return retry_at_; }

    // While both ends are connected; null otherwise.
    Link* link() const { return phase_ == Phase::Connected ? link_.get() : nullptr; }
    std::uint32_t gvm() const { return gvm_; }
    // Pages for contexts, once there was a link.
    const GrantCapacity& capacity() const { return capacity_; }
    // A sentence with a remedy, for who wants a context while there is no link.
    std::string why_not() const;

    // To be called when the link was rung: whether the back end lives still.
    void check_peer();
    // The back end said what makes no sense: the link ends.
    void fail(const std::string& why);

  private:
    enum class Phase { Absent, Waiting, Offered, Connected, Closing, Closed };

    std::string own(const std::string& node) const;
    std::string peer(const std::string& node) const { return backend_ + "/" + node; }
    bool find();
    void forget(const std::string& why);
    void unwatch_peer();
    bool still_there() const;
    bool step(transport::xen::BusState peer);
    bool step_connected(transport::xen::BusState peer);
    bool step_closing(transport::xen::BusState peer);
    // Whether the next back end may go on with what the last one had: it has died.
    enum class After { Death, End };
    void begin(const std::string& why, After after);
    bool offer();
    bool connect();
    void close(const std::string& why);
    void end_link(const std::string& why, After after);
    void drop_link();
    bool publish();
    bool speaks_our_version();
    bool write_state(transport::xen::BusState state);
    void set_error(const std::string& text);
    void retry_later() { retry_at_ = Clock::now() + settings_.retry_after; }

    transport::xen::Xenstore& store_;
    transport::xen::EventChannels& ports_;
    const Settings settings_;
    const Events events_;
    Phase phase_ = Phase::Absent;
    std::string directory_;  // relative: device/vgpu/N
    std::string backend_;
    std::uint32_t gvm_ = 0;
    transport::xen::BusState written_ = transport::xen::BusState::Unknown;
    transport::xen::BusState peer_ = transport::xen::BusState::Unknown;
    std::unique_ptr<Link> link_;
    GrantCapacity capacity_;
    std::string error_;
    std::optional<Clock::time_point> retry_at_;
};

}  // namespace vgpu::broker
