// Messages over the two byte rings of a link: whole ones in, whole ones out, nothing waits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "ring/byte_ring.h"
#include "ring/layout.h"

namespace vgpu::transport::xen {

// One end of a link. Owned by a daemon, on its one thread; what the peer writes is not trusted.
// Each message is a 32-bit length (its own 4 octets included) and its octets. The owner calls
// pump() after each event of the link's channel, after send() and after receive(), and rings the
// channel when told.
class LinkStream {
  public:
    // What may wait here for room in the ring, before the peer counts as dead.
    static constexpr std::size_t kMaxQueuedBytes = 1 << 20;
    // So much waits while the peer is slow: who answers it takes no more requests.
    static constexpr std::size_t kCongestedBytes = kMaxQueuedBytes / 4;

    // Both rings stay mapped while this lives; `size` octets each, a power of two.
    LinkStream(ring::RingHeader& out, std::uint8_t* out_data, ring::RingHeader& in,
               const std::uint8_t* in_data, std::uint32_t size);

    // Appends a message to what is to be sent.
    void send(const std::vector<std::uint8_t>& message);
    // Moves octets both ways as far as there is room. True when the peer's channel is to be rung.
    bool pump();
    // The next whole message, if there is one.
    std::optional<std::vector<std::uint8_t>> receive();
    // Whether receive() would do something now: give one, or find that the link is broken.
    bool has_message() const;
    // Whether more than kCongestedBytes wait to be sent.
    bool is_congested() const { return outgoing_.size() - sent_ > kCongestedBytes; }
    // Why the link must be closed: the peer's indices or lengths make no sense, or it does not
    // read. Null while all is well.
    const char* broken() const { return broken_; }

  private:
    // Of the first message in incoming_, its length word included; 0 while it is not whole.
    std::size_t whole_message_bytes() const;
    bool read_ring();
    bool write_ring();

    ring::Producer producer_;
    ring::Consumer consumer_;
    std::vector<std::uint8_t> outgoing_;  // not in the ring yet
    std::size_t sent_ = 0;                // of outgoing_
    std::vector<std::uint8_t> incoming_;  // out of the ring, not yet a message that was taken
    std::size_t taken_ = 0;               // of incoming_
    const char* broken_ = nullptr;
};

}  // namespace vgpu::transport::xen
