// What the two ends of a device's link say to each other: contexts begin and end, memory is
// granted.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "transport/messages.h"

namespace vgpu::transport::xen {

// Chosen by the front end: never 0, growing, never used again while it has any context, over links
// too.
using ContextId = std::uint32_t;

// Pages that the front end has granted: `bytes` (a multiple of the page size), by way of the
// directory pages that begin at `directory`.
struct GrantList {
    std::uint64_t bytes = 0;
    std::uint32_t directory = 0;
};

// From the front end. Each context has at most one request without its answer; a Close needs none
// and may come at any time.
struct LinkRequest {
    enum class Kind : std::uint32_t {
        Query = 1,         // hello: answered by Opened with context 0; makes nothing
        Open = 2,          // context, hello, grants: the control region, port: its doorbell
        AddRegion = 3,     // context, region, grants
        RemoveRegion = 4,  // context, region
        OpenChannel = 5,   // context, region, channel, offset, port: its doorbell
        Close = 6,         // context: answered by Closed
        // context: of an earlier link, whose back end has died; answered by Done, or Closed when
        // there is no such context. In growing order, before the first Open of the link: that ends
        // those that were not asked for.
        Resume = 7,
    };
    Kind kind = Kind::Query;
    ContextId context = 0;
    RegionId region = 0;
    ChannelId channel = 0;
    std::uint64_t offset = 0;  // of the channel in its region
    std::uint32_t port = 0;    // event channel of the front end's domain, unbound, for the back end
    GrantList grants;
    std::vector<std::uint8_t> hello;  // an encoded Hello, as the application sent it
};

// From the back end.
struct LinkReply {
    enum class Kind : std::uint32_t {
        Opened = 1,  // context, welcome: an encoded Welcome, which may refuse
        Done = 2,    // context: its request was carried out, or `text` says why not
        // context: its worker is gone and nothing of its memory is mapped any more; `text` says
        // why. Comes once for each context that was opened or resumed, by itself or after a Close.
        Closed = 3,
    };
    Kind kind = Kind::Opened;
    ContextId context = 0;
    std::string text;
    std::vector<std::uint8_t> welcome;
};

// Of one message on the link, its own length word included.
inline constexpr std::size_t kMaxLinkMessageBytes = kMaxMessageBytes + 1024;

std::vector<std::uint8_t> encode(const LinkRequest& request);
std::vector<std::uint8_t> encode(const LinkReply& reply);
// From private memory. Nothing when the bytes make no sense; control characters in text come out
// as '?'.
std::optional<LinkRequest> decode_request(std::span<const std::uint8_t> bytes);
std::optional<LinkReply> decode_reply(std::span<const std::uint8_t> bytes);

}  // namespace vgpu::transport::xen
