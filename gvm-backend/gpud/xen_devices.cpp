// The door to other domains: watches this domain's back-end directory, one device each.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <set>
#include <string_view>

#include "base/setup_error.h"
#include "daemon/log_limit.h"
#include "gpud/xen_device.h"
#include "gpud/xen_door.h"
#include "transport/xen/vgpuif.h"

namespace vgpu::gpud {

using namespace transport::xen;

namespace {

// Events of one turn, so that a guest that writes without end keeps nobody else waiting.
constexpr int kEventsPerTurn = 256;
constexpr std::chrono::milliseconds kRetry{200};
// The watch of the back-end directory; the others' tokens are names of devices.
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

    ~XenDevices() override {
        loop_.remove(store_.fd());
        loop_.cancel(find_timer_);
        loop_.cancel(sweep_timer_);
    }
    XenDevices(const XenDevices&) = delete;
    XenDevices& operator=(const XenDevices&) = delete;

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
            list |= note(*event, changed);
        }
        if (list) find_devices();
        for (const XenDevice::Name name : changed) {
            const auto found = devices_.find(name);
            if (found != devices_.end()) found->second->changed();
        }
    }

    // Which devices an event speaks of. True when there may be others than those that are known.
    bool note(const Xenstore::Event& event, std::set<XenDevice::Name>& changed) const {
        const bool ours = event.token == kBackendToken;
        std::string_view named = event.token;
        if (ours) {
            named = event.path;
            named.remove_prefix(std::min(named.size(), root().size() + 1));
        }
        const std::optional<XenDevice::Name> name = XenDevice::parse_name(named);
        if (name) {
            changed.insert(*name);
            return ours && devices_.count(*name) == 0;
        }
        // Of a directory above.
        for (const auto& [each, device] : devices_) changed.insert(each);
        return true;
    }

    void find_devices() {
        if (closed_) return;
        bool all = true;
        const auto list = [&](const std::string& path) {
            const auto names = store_.try_list(path);
            all &= names.has_value();
            return names.value_or(std::vector<std::string>());
        };
        for (const std::string& domain : list(root())) {
            for (const std::string& number : list(root() + "/" + domain)) {
                if (const auto name = XenDevice::parse_name(domain + "/" + number))
                    all &= try_add(*name);
            }
        }
        if (!all) {
            call(find_timer_, kRetry, [this] { find_devices(); });
        } else {
            contexts_.end_orphans();  // whose devices went while there was no supervisor
        }
    }

    // False when it cannot be served now: memory or descriptors are short.
    bool try_add(XenDevice::Name name) {
        try {
            add(name);
            return true;
        } catch (const SetupError& error) {
            if (log_limit_.allow()) spdlog::warn("A device cannot be served: {}", error.what());
            return false;
        }
    }

    void add(XenDevice::Name name) {
        if (devices_.count(name) != 0 || !XenDevice::may_be_there(store_, name)) return;
        XenDevice::World world{loop_, store_, contexts_, service_,
                               [this] { call(sweep_timer_, {}, [this] { sweep(); }); }};
        const auto made =
            devices_.emplace(name, std::make_unique<XenDevice>(std::move(world), name));
        made.first->second->changed();
    }

    // Not from within a device's own call. Its directory may have been made anew meanwhile.
    void sweep() {
        if (std::erase_if(devices_, [](const auto& entry) { return entry.second->over(); }) != 0)
            find_devices();
    }

    void call(daemon::EventLoop::TimerId& timer, std::chrono::milliseconds in,
              std::function<void()> what) {
        if (timer != 0) return;
        timer =
            loop_.call_at(daemon::EventLoop::Clock::now() + in, [&timer, what = std::move(what)] {
                timer = 0;
                what();
            });
    }

    daemon::EventLoop& loop_;
    Contexts& contexts_;
    const Service& service_;
    Xenstore store_;
    std::map<XenDevice::Name, std::unique_ptr<XenDevice>> devices_;
    bool closed_ = false;
    daemon::EventLoop::TimerId find_timer_ = 0;
    daemon::EventLoop::TimerId sweep_timer_ = 0;
    daemon::LogLimit log_limit_{5, std::chrono::seconds(60)};
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
