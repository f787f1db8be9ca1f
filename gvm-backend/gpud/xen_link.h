// The back end's half of a device's link: the pages that the front end shared, and its channel.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>

#include "transport/xen/event_channels.h"
#include "transport/xen/link_stream.h"
#include "transport/xen/mapped_grants.h"
#include "transport/xen/vgpuif.h"

namespace vgpu::gpud {

// Owned by its device, on the supervisor's one thread. What lies in its pages is not trusted.
// Destroying it unmaps them, and tells the front end so.
class XenLink {
  public:
    // Or a sentence that says what of the front end's numbers is wrong.
    static std::variant<std::unique_ptr<XenLink>, std::string> open(std::uint32_t domid,
                                                                    std::uint32_t ring_ref,
                                                                    std::uint32_t port);

    // Readable when the front end rang.
    int fd() const { return channels_.fd(); }
    // Hears the bell, so that it can ring again.
    void take_event();
    bool front_end_alive() const { return page().frontend_alive.load() != 0; }

    // Moves octets both ways, and rings the front end when it has something to do.
    void pump();
    transport::xen::LinkStream& stream() { return *stream_; }

  private:
    explicit XenLink(std::uint32_t domid) : channels_(domid) {}
    std::string connect(std::uint32_t domid, std::uint32_t ring_ref, std::uint32_t port);
    transport::xen::LinkPage& page() const {
        return *reinterpret_cast<transport::xen::LinkPage*>(page_.data());
    }

    transport::xen::EventChannels channels_;
    std::uint32_t port_ = 0;
    transport::xen::MappedGrants page_;
    transport::xen::MappedGrants rings_;
    std::unique_ptr<transport::xen::LinkStream> stream_;
};

}  // namespace vgpu::gpud
