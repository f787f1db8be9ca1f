// From one state to the next.
#include "dvm-gpud/device.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "base/setup_error.h"
#include "daemon/logging.h"
#include "transport/xen/vgpuif.h"

namespace vgpu::broker {

using transport::xen::BusState;

namespace {

const std::string kDevices = "device/vgpu";
constexpr const char* kOwnWatch = "own";
constexpr const char* kPeerWatch = "peer";
// Of xenstore's events at one go; all of them mean "look".
constexpr int kEventsPerLook = 256;
// From one change in xenstore: begun anew, offered, connected. Further steps wait for the next.
constexpr int kStepsPerLook = 4;

}  // namespace

Device::Device(transport::xen::Xenstore& store, transport::xen::EventChannels& ports,
               Settings settings, Events events)
    : store_(store), ports_(ports), settings_(std::move(settings)), events_(std::move(events)) {
    // It need not be there yet, and may go and come again.
    if (!store_.watch(kDevices, kOwnWatch))
        throw SetupError("Xenstore does not let this domain watch " + kDevices + ".",
                         "Look at xenstored's log and quotas in dom0.");
}

// Whoever comes after finds the directory as if the device had been closed.
Device::~Device() {
    if (phase_ != Phase::Absent) {
        drop_link();
        write_state(BusState::Closed);
    }
    store_.unwatch(kDevices, kOwnWatch);
}

std::string Device::own(const std::string& node) const {
    return directory_ + "/" + node;
}

void Device::look() {
    for (int i = 0; i < kEventsPerLook && store_.next_event(); ++i) {
    }
    if (retry_at_ && Clock::now() >= *retry_at_) retry_at_.reset();
    if (phase_ != Phase::Absent && !still_there()) forget("The device is detached.");
    if (phase_ == Phase::Absent && !find()) return;
    for (int i = 0; i < kStepsPerLook; ++i) {
        peer_ = store_.read_state(peer("state"));
        if (!step(peer_)) break;
    }
}

// Takes the lowest device, or the one that was asked for.
bool Device::find() {
    std::optional<std::uint32_t> lowest;
    for (const std::string& name : store_.list(kDevices)) {
        const auto number = transport::xen::parse_number(name);
        if (!number || (settings_.number && number != settings_.number)) continue;
        lowest = std::min(lowest.value_or(*number), *number);
    }
    if (!lowest) return false;
    directory_ = kDevices + "/" + std::to_string(*lowest);
    const auto backend = store_.read(own("backend"));
    const auto gvm = store_.read_number(own("backend-id"));
    if (!backend || backend->empty() || !gvm) return false;  // the toolstack is at it still
    backend_ = *backend;
    gvm_ = *gvm;
    if (!store_.watch(peer("state"), kPeerWatch) || !store_.watch(peer("online"), kPeerWatch)) {
        unwatch_peer();
        retry_later();
        return false;
    }
    spdlog::info("Device {} is attached; its back end is {}.", *lowest, daemon::loggable(backend_));
    store_.remove(own("error"));  // of an earlier broker
    begin("", After::End);
    return true;
}

// Also false when the directory was removed and made anew meanwhile: then it names another back
// end, or its state is none that was written here.
bool Device::still_there() const {
    return store_.read(own("backend")) == backend_ &&
           store_.read_number(own("backend-id")) == gvm_ &&
           store_.read_state(own("state")) == written_;
}

void Device::forget(const std::string& why) {
    spdlog::info("{} {}", directory_, why);
    phase_ = Phase::Absent;
    end_link(why, After::End);
    unwatch_peer();
    error_.clear();
    retry_at_.reset();
}

void Device::unwatch_peer() {
    store_.unwatch(peer("state"), kPeerWatch);
    store_.unwatch(peer("online"), kPeerWatch);
}

// True when something was done after which the next state is to be looked at.
bool Device::step(BusState peer) {
    switch (phase_) {
        case Phase::Absent:
            return false;
        case Phase::Waiting:
            if (peer == BusState::Unknown || peer == BusState::Closing || peer == BusState::Closed)
                events_.ended("The GPU's domain has closed the device, or is gone.");
            return peer == BusState::InitWait && !retry_at_ && offer();
        case Phase::Offered:
            if (peer == BusState::Connected) return connect();
            // The back end has not looked yet, or begins anew and will find what was offered.
            if (peer == BusState::InitWait) return false;
            // What it has just refused it will hardly take at once.
            retry_later();
            return step_connected(peer);
        case Phase::Connected:
            return step_connected(peer);
        case Phase::Closing:
        case Phase::Closed:
            return step_closing(peer);
    }
    return false;
}

bool Device::step_connected(BusState peer) {
    switch (peer) {
        case BusState::Connected:
        case BusState::Initialised:  // no state of a back end
            return false;
        case BusState::Closing:
        case BusState::Closed:
            close("The GPU's domain closes the device.");
            return true;
        case BusState::Unknown:
            begin("The GPU's domain is gone, or has detached the device.", After::End);
            return true;
        case BusState::Initialising:
        case BusState::InitWait:
            begin("The GPU's domain serves the device anew.", After::Death);
            return true;
    }
    return false;
}

bool Device::step_closing(BusState peer) {
    const bool anew =
        peer == BusState::Unknown || peer == BusState::Initialising || peer == BusState::InitWait;
    if (anew) {
        begin("", After::End);
        return true;
    }
    if (peer != BusState::Closed) return false;
    if (phase_ == Phase::Closing) {
        phase_ = Phase::Closed;
        return write_state(BusState::Closed);
    }
    if (store_.read(this->peer("online")) != "1") return false;
    begin("", After::End);
    return true;
}

// Whatever was before, the back end sees that this end has nothing any more.
void Device::begin(const std::string& why, After after) {
    phase_ = Phase::Waiting;
    end_link(why, after);
    write_state(BusState::Initialising);
}

void Device::close(const std::string& why) {
    phase_ = Phase::Closing;
    end_link(why, After::End);
    write_state(BusState::Closing);
}

void Device::end_link(const std::string& why, After after) {
    const bool had_link = link_ != nullptr;
    if (had_link) spdlog::warn("The link to domain {} ends: {}", gvm_, why);
    drop_link();
    if (after == After::End) {
        events_.ended(why);
    } else if (had_link) {
        events_.lost(why);
    }
}

void Device::drop_link() {
    if (!link_) return;
    link_.reset();
    store_.remove(own("ring-ref"));
    store_.remove(own("event-channel"));
}

bool Device::connect() {
    if (!link_->peer_alive()) {
        begin("The GPU's domain died while it connected.", After::Death);
        return false;
    }
    if (!write_state(BusState::Connected)) return false;
    phase_ = Phase::Connected;
    spdlog::info("Connected to domain {}; {} pages can be granted: {}.", gvm_, capacity_.pages,
                 capacity_.because);
    events_.connected();
    return true;
}

void Device::check_peer() {
    if (phase_ == Phase::Connected && !link_->peer_alive())
        begin("The service in the GPU's domain has died.", After::Death);
}

void Device::fail(const std::string& why) {
    if (phase_ != Phase::Connected) return;
    close(why);
    set_error(why + " The link is closed, and begun anew once the back end has closed its end.");
    retry_later();
}

}  // namespace vgpu::broker
