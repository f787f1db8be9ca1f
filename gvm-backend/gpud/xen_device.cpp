// States and the link; what the link's requests do is in xen_device_requests.cpp.
#include "gpud/xen_device.h"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cerrno>
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
// And one that writes to xenstore without end a look each time.
constexpr std::uint32_t kLooksAtOnce = 32;
constexpr std::chrono::milliseconds kBetweenLooks{20};
constexpr std::chrono::milliseconds kRetry{200};
// Of a front end that is connected, to ask for the contexts that it had with an earlier back end.
constexpr std::chrono::seconds kClaimPatience{10};
// A directory without it is none: only the toolstack makes directories, and what is written to one
// that it has just removed would make another.
constexpr const char* kToolstackNode = "frontend";

// One file for all supervisors, as long as contexts of the device live.
worker::Account open_account(const Contexts& contexts, XenDevice::Name name) {
    const std::string path = contexts.slots().account_path(name.domid, name.device);
    if (contexts.survivors_of(name.domid, name.device).empty()) ::unlink(path.c_str());
    std::optional<worker::Account> account = worker::Account::open(path);
    if (!account)
        throw SetupError(
            "A domain's account (" + path + ") cannot be made: " + std::strerror(errno) + ".",
            "Make room there, or raise gvm-gpud's limit of open files.");
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

std::optional<XenDevice::Name> XenDevice::parse_name(std::string_view text) {
    const std::size_t slash = text.find('/');
    if (slash == text.npos) return std::nullopt;
    const auto domid = parse_number(std::string(text.substr(0, slash)));
    text.remove_prefix(slash + 1);
    const auto device = parse_number(std::string(text.substr(0, text.find('/'))));
    if (!domid || !device) return std::nullopt;
    return Name{*domid, *device};
}

bool XenDevice::may_be_there(const Xenstore& store, Name name) {
    return store.look_at(backend_path(name) + "/" + kToolstackNode).kind !=
           Xenstore::Node::Kind::None;
}

XenDevice::XenDevice(World world, Name name)
    : world_(std::move(world)),
      name_(name),
      backend_(backend_path(name)),
      frontend_(frontend_path(name)),
      account_(open_account(world_.contexts, name)),
      stats_(world.loop, world.store, backend_, account_.page()),
      log_limit_(20, std::chrono::seconds(3)),
      look_limit_(kLooksAtOnce, kBetweenLooks) {
    spdlog::info("{} is there.", label());
    error_ = world_.store.read(backend_ + "/error").value_or("");
    adopt_survivors();
}

XenDevice::~XenDevice() {
    if (watching_) world_.store.unwatch(frontend_, token());
    world_.loop.cancel(look_timer_);
    world_.loop.cancel(claim_timer_);
    world_.loop.cancel(serve_timer_);
    if (link_) world_.loop.remove(link_->fd());
    for (auto& [number, entry] : contexts_) {
        if (entry.context.fd() >= 0) world_.loop.remove(entry.context.fd());
    }
    if (contexts_.empty())
        ::unlink(world_.contexts.slots().account_path(name_.domid, name_.device).c_str());
    spdlog::info("{} is gone.", label());
}

std::string XenDevice::token() const {
    return std::to_string(name_.domid) + "/" + std::to_string(name_.device);
}

std::string XenDevice::label() const {
    return "Device " + std::to_string(name_.device) + " of domain " + std::to_string(name_.domid);
}

void XenDevice::changed() {
    if (look_limit_.allow()) {
        look();
    } else {
        look_later(daemon::EventLoop::Clock::now() + kBetweenLooks);
    }
}

void XenDevice::look_later(daemon::EventLoop::Clock::time_point time) {
    if (look_timer_ != 0) return;
    look_timer_ = world_.loop.call_at(time, [this] {
        look_timer_ = 0;
        look();
    });
}

// No event tells when xenstored can do what it could not do now.
void XenDevice::retry_later() {
    look_later(daemon::EventLoop::Clock::now() + kRetry);
}

void XenDevice::look() {
    if (!watching_) watching_ = world_.store.watch(frontend_, token());
    if (!watching_) retry_later();
    if (look_at_directory()) {
        read_tuning();
        if (const std::optional<BusState> front = look_at_front_end()) follow(*front);
    }
    tell_if_over();
}

bool XenDevice::look_at_directory() {
    using Kind = Xenstore::Node::Kind;
    switch (world_.store.look_at(backend_ + "/" + kToolstackNode).kind) {
        case Kind::Failed:
            retry_later();
            return false;
        case Kind::None:
            detached_ = true;
            disconnect();
            end_unclaimed("The device is gone.");
            return false;
        case Kind::Value:
            break;
    }
    const Xenstore::Node state = world_.store.look_at(backend_ + "/state");
    const bool anew = detached_ || (state_ != BusState::Unknown && state.kind != Kind::Failed &&
                                    parse_state(state.value) != state_);
    detached_ = false;
    if (anew) forget_directory();
    return true;
}

// The toolstack has made another one in its place: nothing stands there of what was written.
void XenDevice::forget_directory() {
    disconnect();
    end_unclaimed("The device was made anew.");
    state_ = BusState::Unknown;
    had_front_end_ = false;
    failure_.clear();
    stats_.forget();
    error_ = world_.store.read(backend_ + "/error").value_or("");
}

std::optional<XenDevice::BusState> XenDevice::look_at_front_end() {
    using Kind = Xenstore::Node::Kind;
    const Xenstore::Node state = world_.store.look_at(frontend_ + "/state");
    // One that has written none yet has the back end wait for it.
    Kind there = state.kind;
    if (there == Kind::None) there = world_.store.look_at(frontend_).kind;
    if (there == Kind::Failed) {
        retry_later();
        return std::nullopt;
    }
    if (there == Kind::None && had_front_end_) {
        front_end_is_gone();
        return std::nullopt;
    }
    had_front_end_ = there == Kind::Value;
    return state.kind == Kind::Value ? parse_state(state.value) : BusState::Initialising;
}

void XenDevice::follow(BusState front) {
    const bool wanted = world_.store.read(backend_ + "/online").value_or("1") != "0";
    if (closed_ || !wanted) {
        shut();
        return;
    }
    switch (front) {
        case BusState::Initialising:
            begin_anew();
            return;
        case BusState::Initialised:
        case BusState::Connected:
            if (!failure_.empty()) {
                shut();
            } else if (link_) {
                set_state(BusState::Connected);
            } else if (front == BusState::Initialised) {
                connect();
            } else {
                // Of an earlier back end, as is its link: it sees this one's state and begins
                // again.
                begin_anew();
            }
            return;
        default:
            shut();
    }
}

// A domain that was destroyed takes its directory with it, and rings no bell. Nobody else removes
// this end's.
void XenDevice::front_end_is_gone() {
    disconnect();
    end_unclaimed("The front end is gone.");
    detached_ = world_.store.remove(backend_);
    if (detached_) {
        spdlog::info("{}: its front end's directory is gone, and so the domain.", label());
    } else {
        retry_later();
    }
}

void XenDevice::close() {
    closed_ = true;
    if (!detached_) shut();
}

// A front end that is there hears of the end, and says Initialising when it is ready. Closed is
// said when nothing is mapped any more.
void XenDevice::shut() {
    disconnect();
    end_unclaimed("The device is closed.");
    set_state(contexts_.empty() ? BusState::Closed : BusState::Closing);
}

void XenDevice::tell_if_over() {
    if (over()) world_.device_is_over();
}

bool XenDevice::put(const std::string& node, const std::string& value) {
    const auto there = world_.store.look_at(backend_ + "/" + kToolstackNode).kind;
    if (there == Xenstore::Node::Kind::None) return false;
    if (there == Xenstore::Node::Kind::Value && world_.store.write(backend_ + "/" + node, value))
        return true;
    retry_later();
    return false;
}

void XenDevice::set_state(BusState state) {
    if (state == state_) return;
    if (!put("state", std::to_string(static_cast<std::uint32_t>(state)))) return;
    state_ = state;
    spdlog::debug("{}: {}.", label(), to_string(state));
}

void XenDevice::set_error(const std::string& sentence) {
    if (sentence == error_) return;
    if (sentence.empty() ? world_.store.remove(backend_ + "/error") : put("error", sentence))
        error_ = sentence;
}

void XenDevice::begin_anew() {
    disconnect();
    if (state_ == BusState::InitWait && failure_.empty()) return;
    failure_.clear();
    if (put("versions", std::to_string(kLinkVersion)) &&
        put("device-name", world_.service.gpu.host.gpu.name))
        set_state(BusState::InitWait);
}

void XenDevice::connect() {
    const auto now = daemon::EventLoop::Clock::now();
    if (now < last_connect_ + kBetweenConnects) {
        look_later(last_connect_ + kBetweenConnects);
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
    try {
        world_.loop.add(link_->fd(), [this] { link_event(); });
    } catch (const SetupError& error) {
        link_.reset();
        fail(error.what());
        return;
    }
    set_state(BusState::Connected);
    if (log_limit_.allow()) spdlog::info("{} is connected.", label());
    end_unclaimed_at(now + kClaimPatience);
    expect_contexts();
    // What was sent before this end listened rang no bell here.
    serve_link();
}

void XenDevice::fail(const std::string& sentence) {
    if (log_limit_.allow()) spdlog::warn("{}: {}", label(), daemon::loggable(sentence));
    failure_ = sentence;
    set_error(sentence);
    shut();
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
    if (log_limit_.allow()) spdlog::info("{} is disconnected.", label());
}

void XenDevice::link_event() {
    link_->take_event();
    if (!link_->front_end_alive()) {
        if (log_limit_.allow()) spdlog::info("{}: its front end has died.", label());
        // Its successor begins with Initialising.
        shut();
        changed();
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
        const Xenstore::Node node = world_.store.look_at(backend_ + "/" + key.name);
        const auto seen = seen_tuning_.find(key.name);
        if (node.kind == Xenstore::Node::Kind::Failed) {
            retry_later();
            return;
        }
        if (node.kind == Xenstore::Node::Kind::None) {
            if (seen == seen_tuning_.end()) continue;
            clear_tuning(tuning_, key.name);
            seen_tuning_.erase(seen);
            continue;
        }
        const bool changed = seen == seen_tuning_.end() || seen->second != node.value;
        seen_tuning_[key.name] = node.value;
        if (const auto why_not = set_tuning(tuning_, key.name, node.value)) {
            error = *why_not;
            if (changed) spdlog::warn("{}: {}", label(), *why_not);
        } else if (changed) {
            spdlog::info("{}: {} is {}.", label(), key.name, in_quotes(node.value));
        }
    }
    set_error(failure_.empty() ? error : failure_);
    apply_tuning();
}

// What takes effect in contexts that run; the rest is for new ones (start_message).
void XenDevice::apply_tuning() {
    const std::uint64_t limit = memory_limit_bytes();
    if (account_.page().memory_limit_bytes.exchange(limit) == limit) return;
    const std::uint64_t of_worker = worker_memory_max(world_.service.options, limit);
    for (const auto& [number, entry] : contexts_) world_.contexts.limit_memory(number, of_worker);
}

std::uint64_t XenDevice::memory_limit_bytes() const {
    return tuning_.memory_limit_mb.value_or(kDefaultMemoryLimitMb) << 20;
}

}  // namespace vgpu::gpud
