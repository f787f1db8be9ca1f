// Sends and receives whole messages with descriptors over a Unix socket that keeps their borders.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/unique_fd.h"

namespace vgpu::transport {

inline constexpr std::size_t kMaxPacketFds = 6;

enum class PacketResult {
    Done,
    WouldBlock,  // nothing there, or no room, at the moment
    Gone,        // the peer has closed its end
    Senseless,   // longer than the buffer, or with more descriptors than a message may have
};

// Neither waits, and neither raises SIGPIPE.
PacketResult send_packet(int socket, std::span<const std::uint8_t> bytes,
                         std::span<const int> fds = {});

struct ReceivedPacket {
    PacketResult result = PacketResult::Gone;
    std::size_t bytes = 0;
    std::vector<UniqueFd> fds;  // close-on-exec; closed with the packet, whatever the result
};
ReceivedPacket receive_packet(int socket, std::span<std::uint8_t> into);

}  // namespace vgpu::transport
