// A front end in the place of dvm-gpud that keeps no rule it does not want to keep.
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
#include "transport/xen/xenstore.h"

namespace vgpu::hostile {

// Pages and ports of a link as an honest front end makes them, for a way to spoil.
struct Link {
    transport::xen::SharedPages rings, page;
    std::uint32_t port = 0;
    std::unique_ptr<transport::xen::LinkStream> stream;

    transport::xen::LinkPage& link_page() {
        return *reinterpret_cast<transport::xen::LinkPage*>(page.data());
    }
    ring::RingHeader& requests() { return *reinterpret_cast<ring::RingHeader*>(rings.data()); }
    ring::RingHeader& replies() {
        return *reinterpret_cast<ring::RingHeader*>(rings.data() +
                                                    transport::xen::kLinkReplyOffset);
    }
};

// Owned by main(). Device 0 of this guest. Throws where the honest part of a way fails.
class FrontEnd {
  public:
    FrontEnd();

    std::uint32_t gvm() const { return gvm_; }
    transport::xen::EventChannels& ports() { return ports_; }

    void write(const std::string& node, const std::string& value);
    bool try_write(const std::string& node, const std::string& value);
    void remove(const std::string& node);
    void state(transport::xen::BusState state);
    // Waits until the back end is in one of these states, and returns it; Unknown when it is not
    // within 30 s.
    transport::xen::BusState wait_for(std::vector<transport::xen::BusState> states);
    bool is(transport::xen::BusState state) const;
    std::string error() const;  // what the back end has written

    // From whatever state to the back end's InitWait.
    void begin();
    // Offers these numbers, and returns the state that the back end answers with.
    transport::xen::BusState offer(const std::string& ring_ref, const std::string& port,
                                   const std::string& version = "1");
    Link make_link();
    // A whole honest handshake.
    Link connect();
    void ring(const Link& link);
    // Sends, and waits for a reply for at most `seconds`; nothing when the link ends meanwhile.
    std::optional<transport::xen::LinkReply> ask(Link& link,
                                                 const transport::xen::LinkRequest& request,
                                                 int seconds = 20);

  private:
    transport::xen::Xenstore store_;
    transport::xen::EventChannels ports_;
    std::string backend_;
    std::uint32_t gvm_ = 0;
};

void sleep_ms(int ms);

}  // namespace vgpu::hostile
