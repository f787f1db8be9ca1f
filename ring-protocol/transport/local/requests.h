// What a guest asks of its worker over the local socket, and how the worker answers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "transport/messages.h"

namespace vgpu::transport {

// Guest and worker never have more than one request between them. A broker (transport/xen/) takes
// the worker's place for its guest's applications: there the ack to AddRegion brings the memory,
// and OpenChannel's the port to ring, with the event-channel device that it is bound on.
struct Request {
    enum class Kind : std::uint32_t {
        AddRegion = 1,     // region, value: bytes; with the memfd
        RemoveRegion = 2,  // region
        OpenChannel = 3,   // region, channel, value: offset; the ack brings the doorbell's eventfd
        // Nothing more comes, from nobody: no ack. Else a supervisor's hang-up is its death, and
        // the worker waits for the next.
        Goodbye = 4,
        // Of a broker alone, for contexts of one guest; elsewhere a memfd is itself such a
        // descriptor.
        ExportRegion = 5,  // region; the ack brings a descriptor that stands for it
        ImportRegion =
            6,  // region, a new id; with such a descriptor; as AddRegion's ack, with its size
    };
    // A supervisor that speaks for a guest of another domain (transport/xen/) sends the granted
    // pages with AddRegion, and the event-channel device with OpenChannel.
    Kind kind = Kind::AddRegion;
    std::uint32_t serial = 0;
    RegionId region = 0;
    ChannelId channel = 0;
    std::uint64_t value = 0;
};

struct Ack {
    std::uint32_t serial = 0;  // repeats the request's
    std::string refusal;       // empty when the request was granted
    // Of a broker's OpenChannel: the port to ring. Of its ImportRegion: the region's bytes.
    std::uint64_t value = 0;
};

inline constexpr std::size_t kRequestBytes = 32;
inline constexpr std::size_t kMaxAckBytes = 512;
inline constexpr std::size_t kMaxRefusalBytes = 400;

std::vector<std::uint8_t> encode(const Request& request);
std::vector<std::uint8_t> encode(const Ack& ack);
// Nothing when the bytes make no sense.
std::optional<Request> decode_request(std::span<const std::uint8_t> bytes);
std::optional<Ack> decode_ack(std::span<const std::uint8_t> bytes);

}  // namespace vgpu::transport
