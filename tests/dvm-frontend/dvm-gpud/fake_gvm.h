// A back end for tests, on their own thread: shakes hands, and answers as told.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "transport/local/shared_memory.h"
#include "transport/messages.h"
#include "transport/xen/event_channels.h"
#include "transport/xen/link_messages.h"
#include "transport/xen/link_stream.h"
#include "transport/xen/mapped_grants.h"
#include "transport/xen/vgpuif.h"
#include "transport/xen/xenstore.h"

namespace vgpu::broker::test {

inline constexpr std::uint32_t kDvm = 5, kGvm = 3;

// The service in the GVM. Its constructor is its start; its destructor its sudden death: the kernel
// unmaps, nobody writes to xenstore.
class FakeGvm {
  public:
    using LinkRequest = transport::xen::LinkRequest;
    using LinkReply = transport::xen::LinkReply;

    FakeGvm();
    ~FakeGvm();

    // One step of whatever is to be done. Returns whether there was something.
    bool serve();
    // Ends all contexts, unmaps all and closes; serve() begins anew while the device is online.
    void close();
    void write_state(transport::xen::BusState state);

    bool connected() const { return stream_.has_value(); }
    void send(const LinkReply& reply);
    void send_octets(const std::vector<std::uint8_t>& message);
    void answer(const LinkRequest& request);
    transport::xen::LinkPage& page();
    // Writes an index that is this end's to write: of its replies, or of the requests.
    void spoil_index(bool reply_ring, std::uint32_t value);
    // The link's own pages, and those of contexts.
    std::size_t regions() const;

    // What is answered; what is not stays in `requests`.
    bool connects = true;
    bool answers = true;
    bool unmaps = true;  // answers Close
    transport::Welcome welcome;
    std::string refusal;                // of every request but Open
    std::vector<LinkRequest> requests;  // all that came
    std::string trouble;                // what made no sense

    struct Region {
        transport::Mapping mapping;
    };
    struct Context {
        std::map<transport::RegionId, Region> regions;  // 0: the control region
        std::unique_ptr<transport::xen::EventChannels> bells;
        std::uint32_t doorbell = 0;
        std::map<transport::ChannelId, std::uint32_t> channels;
    };
    std::map<transport::xen::ContextId, Context> contexts;

  private:
    void connect();
    void disconnect();
    std::string open(Context& context, const LinkRequest& request);
    std::string map(Context& context, const LinkRequest& request);
    std::string bind(Context& context, const LinkRequest& request, std::uint32_t& port);

    transport::xen::Xenstore store_;
    transport::xen::EventChannels ports_;
    std::optional<transport::xen::MappedGrants> page_;
    std::optional<transport::xen::MappedGrants> rings_;
    std::uint32_t port_ = 0;
    std::optional<transport::xen::LinkStream> stream_;
    transport::xen::BusState state_ = transport::xen::BusState::Unknown;
};

}  // namespace vgpu::broker::test
