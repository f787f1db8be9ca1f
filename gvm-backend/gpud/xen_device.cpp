// States and the link; what the link's requests do is in xen_device_requests.cpp.
#include "gpud/xen_device.h"

#include <spdlog/spdlog.h>

#include <cstring>
#include <utility>
#include <variant>

#include "base/setup_error.h"
#include "daemon/logging.h"
#include "transport/xen/vgpuif.h"

namespace vgpu::gpud {

using namespace transport::xen;

namespace {

// A front end that connects again and again costs mappings each time.
constexpr std::chrono::milliseconds kBetweenConnects{200};

worker::Account make_account() {
    std::optional<worker::Account> account = worker::Account::make();
    if (!account)
        throw SetupError("There is no memory for a domain's account.",
                         "Give the GVM more memory, or raise its limit of open files.");
    return std::move(*account);
}

}  // namespace

std::string XenDevice::backend_path(Name name) {
    // Relative to this domain.
    return std::string("backend/") + kDeviceType + "/" + std::to_string(name.domid) + "/" +
           std::to_string(name.device);
}

std::string XenDevice::frontend_path(Name name) {
    return Xenstore::domain_path(name.domid) + "/device/" + kDeviceType + "/" +
           std::to_string(name.device);
}

XenDevice::XenDevice(World world, Name name)
    : world_(world),
      name_(name),
      backend_(backend_path(name)),
      frontend_(frontend_path(name)),
      account_(make_account()),
      stats_(world.loop, world.store, backend_, account_.page()),
      log_limit_(20, std::chrono::seconds(3)) {
    world_.store.watch(frontend_, frontend_);
    spdlog::info("{} is there.", label());
}

XenDevice::~XenDevice() {
    world_.store.unwatch(frontend_, frontend_);
    world_.loop.cancel(look_timer_);
    disconnect();
    spdlog::info("{} is gone.", label());
}

std::string XenDevice::label() const {
    return "Device " + std::to_string(name_.device) + " of domain " + std::to_string(name_.domid);
}

void XenDevice::look() {
    detached_ = !world_.store.exists(backend_);
    if (detached_) {
        disconnect();
        return;
    }
    read_tuning();
    const BusState front = world_.store.read_state(frontend_ + "/state");
    const bool wanted = world_.store.read(backend_ + "/online").value_or("1") != "0";
    if (front == BusState::Unknown && had_front_end_) {
        front_end_is_gone();
        return;
    }
    had_front_end_ = front != BusState::Unknown;
    if (closed_ || !wanted || !had_front_end_ || front == BusState::Closed) {
        disconnect();
        // A front end that is there hears of the end, and says Initialising when it is ready.
        set_state(BusState::Closed);
        return;
    }
    switch (front) {
        case BusState::Initialising:
            begin_anew();
            return;
        case BusState::Initialised:
            if (!link_ && !failed_) connect();
            return;
        case BusState::Connected:
            // Of an earlier back end, as is its link: it sees this one's state and begins again.
            if (!link_ && !failed_) begin_anew();
            return;
        default:
            disconnect();
            set_state(BusState::Closed);
    }
}

// A domain that was destroyed takes its directory with it, and rings no bell. Nobody else removes
// this end's.
void XenDevice::front_end_is_gone() {
    spdlog::info("{}: its front end's directory is gone, and so the domain.", label());
    disconnect();
    detached_ = world_.store.remove(backend_);
}

void XenDevice::close() {
    closed_ = true;
    disconnect();
    set_state(BusState::Closed);
}

void XenDevice::set_state(BusState state) {
    if (state == state_) return;
    state_ = state;
    world_.store.write_state(backend_ + "/state", state);
    spdlog::debug("{}: {}.", label(), to_string(state));
}

void XenDevice::set_error(const std::string& sentence) {
    if (sentence == error_) return;
    error_ = sentence;
    if (sentence.empty()) {
        world_.store.remove(backend_ + "/error");
    } else {
        world_.store.write(backend_ + "/error", sentence);
    }
}

void XenDevice::begin_anew() {
    disconnect();
    if (state_ == BusState::InitWait && !failed_) return;
    failed_ = false;
    world_.store.write(backend_ + "/versions", std::to_string(kLinkVersion));
    world_.store.write(backend_ + "/device-name", world_.service.gpu.host.gpu.name);
    set_state(BusState::InitWait);
}

void XenDevice::connect() {
    const auto now = daemon::EventLoop::Clock::now();
    if (now < last_connect_ + kBetweenConnects) {
        look_later();
        return;
    }
    last_connect_ = now;
    const auto version = world_.store.read_number(frontend_ + "/version");
    const auto ring_ref = world_.store.read_number(frontend_ + "/ring-ref");
    const auto port = world_.store.read_number(frontend_ + "/event-channel");
    if (!version || !ring_ref || !port) {
        fail("The front end says Initialised without version, ring-ref and event-channel.");
        return;
    }
    if (*version != kLinkVersion) {
        fail("The front end speaks version " + std::to_string(*version) + ", this back end " +
             std::to_string(kLinkVersion) + ". Install dvm-gpud and gvm-gpud of the same release.");
        return;
    }
    auto opened = XenLink::open(name_.domid, *ring_ref, *port);
    if (auto* why = std::get_if<std::string>(&opened)) {
        fail(*why);
        return;
    }
    link_ = std::move(std::get<std::unique_ptr<XenLink>>(opened));
    last_id_ = 0;
    world_.loop.add(link_->fd(), [this] { link_event(); });
    set_error("");
    set_state(BusState::Connected);
    spdlog::info("{} is connected.", label());
    // What was sent before this end listened rang no bell here.
    serve_link();
}

void XenDevice::look_later() {
    if (look_timer_ != 0) return;
    look_timer_ = world_.loop.call_at(last_connect_ + kBetweenConnects, [this] {
        look_timer_ = 0;
        look();
    });
}

void XenDevice::fail(const std::string& sentence) {
    if (log_limit_.allow()) spdlog::warn("{}: {}", label(), daemon::loggable(sentence));
    disconnect();
    failed_ = true;
    set_error(sentence);
    set_state(BusState::Closed);
}

void XenDevice::disconnect() {
    if (!link_) return;
    world_.loop.cancel(std::exchange(serve_timer_, 0));
    world_.loop.remove(link_->fd());
    for (auto& [number, entry] : contexts_) {
        end(number, "The link to domain " + std::to_string(name_.domid) + " is closed.");
        entry.of_this_link = false;
    }
    by_id_.clear();
    link_.reset();
    spdlog::info("{} is disconnected.", label());
}

void XenDevice::link_event() {
    link_->take_event();
    if (!link_->front_end_alive()) {
        spdlog::info("{}: its front end has died.", label());
        disconnect();
        // Its successor begins with Initialising.
        set_state(BusState::Closed);
        look();
        return;
    }
    serve_link();
}

std::size_t XenDevice::living_contexts() const {
    return by_id_.size();
}

std::uint64_t XenDevice::shared_bytes() const {
    std::uint64_t bytes = 0;
    for (const auto& [number, entry] : contexts_) bytes += entry.context.shared_bytes();
    return bytes;
}

// A value that was bad stands in the error node until it is mended; the last good one holds.
void XenDevice::read_tuning() {
    std::string error;
    for (const TuningKey& key : tuning_keys()) {
        const std::optional<std::string> value = world_.store.read(backend_ + "/" + key.name);
        const auto seen = seen_tuning_.find(key.name);
        if (!value) {
            if (seen == seen_tuning_.end()) continue;
            clear_tuning(tuning_, key.name);
            seen_tuning_.erase(seen);
            continue;
        }
        const bool changed = seen == seen_tuning_.end() || seen->second != *value;
        seen_tuning_[key.name] = *value;
        if (const auto why_not = set_tuning(tuning_, key.name, *value)) {
            error = *why_not;
            if (changed) spdlog::warn("{}: {}", label(), *why_not);
        } else if (changed) {
            spdlog::info("{}: {} is {}.", label(), key.name, in_quotes(*value));
        }
    }
    if (!failed_) set_error(error);
    apply_tuning();
}

// What takes effect in contexts that run; the rest is for new ones (start_message).
void XenDevice::apply_tuning() {
    account_.page().memory_limit_bytes = tuning_.memory_limit_mb.value_or(kDefaultMemoryLimitMb)
                                         << 20;
}

}  // namespace vgpu::gpud
