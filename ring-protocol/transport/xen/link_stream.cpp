// Cuts messages out of a byte ring and puts them into one.
#include "transport/xen/link_stream.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "transport/xen/link_messages.h"

namespace vgpu::transport::xen {

namespace {

constexpr std::size_t kLengthBytes = sizeof(std::uint32_t);
// So much is read ahead of the owner, the longest message; the rest waits in the ring, and the peer
// with it.
constexpr std::size_t kMaxReadAhead = kMaxLinkMessageBytes;

std::uint32_t length_at(const std::uint8_t* at) {
    std::uint32_t length;
    std::memcpy(&length, at, sizeof(length));
    return length;
}

bool is_length(std::size_t bytes) {
    return bytes >= kLengthBytes && bytes <= kMaxLinkMessageBytes;
}

// Drops what was used from the front, seldom enough to cost nothing.
void compact(std::vector<std::uint8_t>& bytes, std::size_t& used) {
    if (used < bytes.size() && used < kMaxReadAhead) return;
    bytes.erase(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(used));
    used = 0;
}

}  // namespace

LinkStream::LinkStream(ring::RingHeader& out, std::uint8_t* out_data, ring::RingHeader& in,
                       const std::uint8_t* in_data, std::uint32_t size)
    : producer_(out, out_data, size), consumer_(in, in_data, size) {}

void LinkStream::send(const std::vector<std::uint8_t>& message) {
    if (broken_ != nullptr) return;
    if (outgoing_.size() - sent_ + message.size() > kMaxQueuedBytes) {
        broken_ = "The peer does not read what it is sent.";
        return;
    }
    const auto length = static_cast<std::uint32_t>(kLengthBytes + message.size());
    const auto* head = reinterpret_cast<const std::uint8_t*>(&length);
    outgoing_.insert(outgoing_.end(), head, head + kLengthBytes);
    outgoing_.insert(outgoing_.end(), message.begin(), message.end());
}

bool LinkStream::pump() {
    if (broken_ != nullptr) return false;
    const bool read = read_ring();
    const bool wrote = write_ring();
    if (producer_.broken() || consumer_.broken())
        broken_ = "The link's ring has senseless indices.";
    // The peer may wait for room as well as for octets.
    return read || wrote;
}

bool LinkStream::read_ring() {
    bool any = false;
    std::array<std::uint8_t, 4096> piece;
    while (incoming_.size() - taken_ < kMaxReadAhead) {
        const std::size_t room = kMaxReadAhead - (incoming_.size() - taken_);
        const std::size_t count =
            consumer_.try_read(std::span(piece).first(std::min(room, piece.size())));
        if (count == 0) break;
        incoming_.insert(incoming_.end(), piece.begin(), piece.begin() + count);
        any = true;
    }
    return any;
}

bool LinkStream::write_ring() {
    bool any = false;
    while (sent_ < outgoing_.size()) {
        const std::size_t count = producer_.try_write(std::span(outgoing_).subspan(sent_));
        if (count == 0) break;
        sent_ += count;
        any = true;
    }
    compact(outgoing_, sent_);
    if (any) producer_.publish();
    return any;
}

bool LinkStream::has_message() const {
    if (broken_ != nullptr || incoming_.size() - taken_ < kLengthBytes) return false;
    return whole_message_bytes() != 0 || !is_length(length_at(incoming_.data() + taken_));
}

std::size_t LinkStream::whole_message_bytes() const {
    const std::size_t there = incoming_.size() - taken_;
    if (there < kLengthBytes) return 0;
    const std::size_t bytes = length_at(incoming_.data() + taken_);
    return bytes <= there ? bytes : 0;
}

std::optional<std::vector<std::uint8_t>> LinkStream::receive() {
    if (broken_ != nullptr || incoming_.size() - taken_ < kLengthBytes) return std::nullopt;
    const std::size_t bytes = length_at(incoming_.data() + taken_);
    if (!is_length(bytes)) {
        broken_ = "The link carries a message of a senseless length.";
        return std::nullopt;
    }
    if (whole_message_bytes() == 0) return std::nullopt;
    const auto begin = incoming_.begin() + static_cast<std::ptrdiff_t>(taken_);
    std::vector<std::uint8_t> message(begin + kLengthBytes,
                                      begin + static_cast<std::ptrdiff_t>(bytes));
    taken_ += bytes;
    compact(incoming_, taken_);
    return message;
}

}  // namespace vgpu::transport::xen
