// The door to other domains: watches this domain's back-end directory, one device each.
#include <spdlog/spdlog.h>

#include <map>
#include <set>
#include <string_view>

#include "base/setup_error.h"
#include "gpud/xen_device.h"
#include "gpud/xen_door.h"
#include "transport/xen/vgpuif.h"

namespace vgpu::gpud {

using namespace transport::xen;

namespace {

// Events of one turn, so that a guest that writes without end keeps nobody else waiting.
constexpr int kEventsPerTurn = 256;
// The watch of the back-end directory; the others' tokens are front ends' paths.
constexpr const char* kBackendToken = "backend";

class XenDevices final : public XenDoor {
  public:
    XenDevices(daemon::EventLoop& loop, Contexts& contexts, const Service& service)
        : loop_(loop), contexts_(contexts), service_(service) {
        if (!store_.watch(root(), kBackendToken))
            throw SetupError("The directory " + root() + " cannot be watched in xenstore.",
                             "Run gvm-gpud as root of its domain.");
        loop_.add(store_.fd(), [this] { hear(); });
        spdlog::info("Serving vgpu devices of other domains; this is domain {}.",
                     store_.own_domid().value_or(0));
    }

    void close() override {
        closed_ = true;
        for (auto& [name, device] : devices_) device->close();
    }

  private:
    static std::string root() { return std::string("backend/") + kDeviceType; }

    void hear() {
        std::set<XenDevice::Name> changed;
        bool list = false;
        for (int i = 0; i < kEventsPerTurn; ++i) {
            const std::optional<Xenstore::Event> event = store_.next_event();
            if (!event) break;
            if (event->token == kBackendToken) list = true;
            note(*event, changed);
        }
        if (list) find_devices();
        for (const XenDevice::Name name : changed) {
            const auto found = devices_.find(name);
            if (found != devices_.end()) found->second->look();
        }
        std::erase_if(devices_, [](const auto& entry) { return entry.second->over(); });
    }

    // Which device an event's token or path speaks of.
    void note(const Xenstore::Event& event, std::set<XenDevice::Name>& changed) const {
        for (const auto& [name, device] : devices_) {
            const std::string below = XenDevice::backend_path(name);
            const bool ours = event.token == XenDevice::frontend_path(name) ||
                              std::string_view(event.path).find(below) != std::string_view::npos ||
                              std::string_view(below).find(event.path) == 0;
            if (ours) changed.insert(name);
        }
    }

    void find_devices() {
        if (closed_) return;
        for (const std::string& domain : store_.list(root())) {
            const auto domid = parse_number(domain);
            if (!domid) continue;
            for (const std::string& number : store_.list(root() + "/" + domain)) {
                const auto device = parse_number(number);
                if (device) add({*domid, *device});
            }
        }
    }

    void add(XenDevice::Name name) {
        if (devices_.count(name) != 0) return;
        const auto made =
            devices_.emplace(name, std::make_unique<XenDevice>(
                                       XenDevice::World{loop_, store_, contexts_, service_}, name));
        made.first->second->look();
    }

    daemon::EventLoop& loop_;
    Contexts& contexts_;
    const Service& service_;
    Xenstore store_;
    std::map<XenDevice::Name, std::unique_ptr<XenDevice>> devices_;
    bool closed_ = false;
};

bool is_xen_domain() {
    try {
        return Xenstore().own_domid().has_value();
    } catch (const SetupError&) {
        return false;
    }
}

}  // namespace

std::unique_ptr<XenDoor> open_xen_door(daemon::EventLoop& loop, Contexts& contexts,
                                       const Service& service) {
    if (service.options.xen == "off") return nullptr;
    if (service.options.xen == "auto" && !is_xen_domain()) return nullptr;
    return std::make_unique<XenDevices>(loop, contexts, service);
}

}  // namespace vgpu::gpud
