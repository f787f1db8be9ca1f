// Writes the record of a recorded command whose size is known before: the quick way beside Post.
#pragma once

#include <cstdint>
#include <cstring>

#include "icd/channel.h"
#include "ring/layout.h"

namespace vgpu::icd {

// Lives on the stack of the application's thread for the time of one encode. Without room, which
// may only mean that none is known of, nothing has happened: a Post then does it.
class StraightPost {
  public:
    // On the calling thread's channel; room for a header and `payload_bytes`.
    StraightPost(Channel& channel, std::size_t payload_bytes)
        : channel_(channel),
          bytes_((sizeof(ring::RecordHeader) + payload_bytes + 7) & ~std::size_t{7}),
          at_(channel.known_room(bytes_)) {}

    bool has_room() const { return at_ != nullptr; }
    // A multiple of 8.
    std::uint8_t* payload() { return at_ + sizeof(ring::RecordHeader); }
    // The record is part of the stream, and visible when its batch is (context.h).
    void send(std::uint16_t command) {
        const ring::RecordHeader header{command, static_cast<std::uint16_t>(bytes_ / 8),
                                        channel_.last_order()};
        std::memcpy(at_, &header, sizeof(header));
        channel_.commit_record(static_cast<std::uint32_t>(bytes_));
    }

  private:
    Channel& channel_;
    const std::size_t bytes_;
    std::uint8_t* const at_;
};

}  // namespace vgpu::icd
