// The front end's half of the handshake, and what it says when it cannot.
#include <spdlog/spdlog.h>

#include <sstream>
#include <stdexcept>

#include "daemon/logging.h"
#include "dvm-gpud/device.h"
#include "ring/layout.h"
#include "transport/xen/vgpuif.h"

namespace vgpu::broker {

using transport::xen::BusState;

namespace {

// Less than the link and one context's control region is no use to anybody.
constexpr std::uint32_t kLeastPages =
    Link::kPages + ring::kControlRegionBytes / ring::kPageBytes + 1;

}  // namespace

bool Device::offer() {
    if (!speaks_our_version()) return false;
    if (gvm_ == 0) {
        set_error(
            "The GPU is domain 0's, to which Linux cannot restrict the event channels of programs. "
            "Give the GPU to a domain of its own.");
        return false;
    }
    capacity_ =
        find_grant_capacity(store_.read_number(own("grant-frames-max")), settings_.grants_reserved,
                            settings_.gntalloc_limit, settings_.set_gntalloc_limit);
    if (capacity_.pages < kLeastPages) {
        set_error("This guest can share " + std::to_string(capacity_.pages) +
                  " pages, and needs at least " + std::to_string(kLeastPages) +
                  ". They are bounded by " + capacity_.because + ".");
        retry_later();
        return false;
    }
    try {
        link_ = std::make_unique<Link>(ports_, gvm_);
    } catch (const std::runtime_error& error) {
        set_error(std::string(error.what()) + " Bounds are " + capacity_.because + ".");
        retry_later();
        return false;
    }
    capacity_.pages -= Link::kPages;
    phase_ = Phase::Offered;
    if (publish()) {
        set_error("");
        return true;
    }
    begin("Writing to xenstore fails.", After::Death);
    retry_later();
    return false;
}

// The state last: the back end looks at the rest when it sees that.
bool Device::publish() {
    return store_.write(own("version"), std::to_string(transport::xen::kLinkVersion)) &&
           store_.write(own("ring-ref"), std::to_string(link_->ring_ref())) &&
           store_.write(own("event-channel"), std::to_string(link_->port())) &&
           write_state(BusState::Initialised);
}

// Looked at again with every change of the back end's state: it writes its versions before.
bool Device::speaks_our_version() {
    const std::string versions = store_.read(peer("versions")).value_or("");
    std::istringstream list(versions);
    for (std::string version; std::getline(list, version, ',');) {
        if (transport::xen::parse_number(version) == transport::xen::kLinkVersion) return true;
    }
    set_error("The GPU's domain speaks version \"" + daemon::loggable(versions) +
              "\" of the interface, and this guest " +
              std::to_string(transport::xen::kLinkVersion) +
              ". Install gvm-gpud and dvm-gpud of the same release.");
    return false;
}

// When it fails, the next look finds another state than was written, and begins anew.
bool Device::write_state(BusState state) {
    written_ = state;
    if (store_.write_state(own("state"), state)) return true;
    set_error("Writing to xenstore (" + directory_ + ") fails.");
    retry_later();
    return false;
}

void Device::set_error(const std::string& text) {
    if (text == error_) return;
    error_ = text;
    if (text.empty()) {
        store_.remove(own("error"));
        return;
    }
    spdlog::error("{}", text);
    store_.write(own("error"), text.substr(0, transport::xen::kMaxNodeBytes));
}

std::string Device::why_not() const {
    const std::string domain = "the GPU's domain (" + std::to_string(gvm_) + ")";
    if (phase_ == Phase::Absent)
        return "No GPU is attached to this guest" +
               (settings_.number ? " as device " + std::to_string(*settings_.number) : "") +
               ". Ask the administrator to run `gvmctl attach` in dom0.";
    if (!error_.empty()) return error_;
    if (const auto said = store_.read(peer("error")); said && !said->empty())
        return "The service in " + domain + " says: " + daemon::loggable(*said);
    switch (peer_) {
        case BusState::Unknown:
            return "The back end of this guest's GPU is gone from xenstore. Ask the administrator "
                   "to run `gvmctl detach` and `gvmctl attach` in dom0.";
        case BusState::Closing:
        case BusState::Closed:
            return "The GPU is being detached from this guest. Ask the administrator to run "
                   "`gvmctl attach` in dom0.";
        case BusState::Initialising:
            return "Nobody serves in " + domain +
                   ". Ask the administrator whether it is up, and gvm-gpud runs there.";
        default:
            return "The service in " + domain +
                   " does not answer. Ask the administrator to look at gvm-gpud's log there, and "
                   "to start it again.";
    }
}

}  // namespace vgpu::broker
