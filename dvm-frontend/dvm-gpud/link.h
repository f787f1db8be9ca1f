// This guest's end of a device's link: the pages that both domains share, and the bell.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "transport/xen/event_channels.h"
#include "transport/xen/granted_pages.h"
#include "transport/xen/link_messages.h"
#include "transport/xen/link_stream.h"
#include "transport/xen/vgpuif.h"

namespace vgpu::broker {

// From its offer to its end. Owned by the Device, on its one thread; what the back end writes is
// not trusted. Nothing waits. When it is destroyed the kernel tells the back end.
class Link {
  public:
    static constexpr std::uint32_t kPages = 1 + transport::xen::kLinkRingPages;

    // Throws std::runtime_error, whose text is for people, when there are no pages or ports left.
    // `ports` outlives it.
    Link(transport::xen::EventChannels& ports, std::uint32_t gvm);
    ~Link();
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;

    // For xenstore.
    std::uint32_t ring_ref() const { return page_.refs().front(); }
    std::uint32_t port() const { return port_; }

    void send(const transport::xen::LinkRequest& request);
    // Moves what can be moved, and rings. To be called after each event and after whatever is
    // below.
    void pump();
    // The next message, if there is one and all is well.
    std::optional<transport::xen::LinkReply> receive();
    bool has_message() const { return broken().empty() && stream_->has_message(); }
    // False once the back end has unmapped the page, or never set its octet.
    bool peer_alive() const;
    // Why the link must end; empty while all is well.
    std::string broken() const;

  private:
    void share(std::uint32_t gvm);

    transport::xen::EventChannels& ports_;
    std::uint32_t port_ = 0;
    transport::xen::SharedPages rings_;
    transport::xen::SharedPages page_;
    std::optional<transport::xen::LinkStream> stream_;
    std::string senseless_;
};

}  // namespace vgpu::broker
