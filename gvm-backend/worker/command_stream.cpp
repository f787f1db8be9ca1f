// Reading, cutting and the bounds of both.
#include "worker/command_stream.h"

#include <algorithm>
#include <cstring>

namespace vgpu::worker {

namespace {

// A guest reserves small pieces of a ring, so one that waits for room has filled most of it: only
// then is it worth a look whether somebody waits.
constexpr std::uint32_t kCrowdedBytes = ring::kCommandRingBytes / 4;

constexpr std::size_t kShortHeader = sizeof(ring::RecordHeader);
constexpr std::size_t kLongHeader = kShortHeader + sizeof(std::uint64_t);

}  // namespace

CommandStream::CommandStream(ring::RingHeader& header, const std::uint8_t* data,
                             WorkerServices& services)
    : header_(header),
      consumer_(header, data, ring::kCommandRingBytes),
      services_(services),
      buffer_(new std::uint8_t[kBufferBytes]) {}

CommandStream::~CommandStream() {
    services_.release(capacity_ - kBufferBytes);
}

CommandStream::Next CommandStream::next(Record& record) {
    if (violation_ != wire::Violation::None) return Next::Violation;
    for (;;) {
        switch (parse(record)) {
            case Parsed::Whole:
                if (record.command != ring::kPadCommand) return Next::Record;
                break;
            case Parsed::Bad:
                return fail(wire::Violation::BadLength);
            case Parsed::Partial:
                if (const Next filled = fill(); filled != Next::Record) return filled;
        }
    }
}

CommandStream::Parsed CommandStream::parse(Record& record) {
    const std::size_t there = filled_ - begin_;
    if (there < kShortHeader) return Parsed::Partial;
    const std::uint8_t* const at = buffer_.get() + begin_;
    ring::RecordHeader header;
    std::memcpy(&header, at, sizeof header);
    std::uint64_t length = header.words * std::uint64_t{8};
    std::size_t header_bytes = kShortHeader;
    if (length == 0) {
        if (there < kLongHeader) return Parsed::Partial;
        std::memcpy(&length, at + kShortHeader, sizeof length);
        header_bytes = kLongHeader;
    }
    if (length < header_bytes || length % 8 != 0 || length > ring::kMaxRecordBytes) {
        return Parsed::Bad;
    }
    wanted_ = length;
    if (there < length) return Parsed::Partial;
    begin_ += length;
    wanted_ = 0;
    record = {header.command, header.order, at + header_bytes,
              static_cast<std::size_t>(length) - header_bytes, position()};
    return Parsed::Whole;
}

CommandStream::Next CommandStream::fill() {
    if (!make_room()) return Next::OverLimit;
    const auto waiting = header_.tail.load(std::memory_order_relaxed) -
                         static_cast<std::uint32_t>(consumer_.read_position());
    const std::size_t read = consumer_.try_read(room());
    if (consumer_.broken()) return fail(wire::Violation::BadRing);
    if (read == 0) return Next::Empty;
    filled_ += read;
    services_.count_command_bytes(read);
    if (waiting >= kCrowdedBytes) services_.wake_guest();
    return Next::Record;
}

// Moves what is left to the buffer's begin. The buffer grows only when it is full of one record,
// so that a length alone costs nothing, and is small again after it.
bool CommandStream::make_room() {
    const std::size_t left = filled_ - begin_;
    if (begin_ != 0) {
        if (left != 0) std::memmove(buffer_.get(), buffer_.get() + begin_, left);
        begin_ = 0;
        filled_ = left;
    }
    if (left == capacity_) {
        return resize(static_cast<std::size_t>(std::min<std::uint64_t>(2 * capacity_, wanted_)));
    }
    if (capacity_ > kBufferBytes && wanted_ <= kBufferBytes && left < kBufferBytes) {
        return resize(kBufferBytes);
    }
    return true;
}

bool CommandStream::resize(std::size_t bytes) {
    if (bytes > capacity_ && !services_.try_charge(bytes - capacity_)) return false;
    std::unique_ptr<std::uint8_t[]> larger(new std::uint8_t[bytes]);
    std::memcpy(larger.get(), buffer_.get(), filled_);
    if (bytes < capacity_) services_.release(capacity_ - bytes);
    buffer_ = std::move(larger);
    capacity_ = bytes;
    return true;
}

CommandStream::Next CommandStream::fail(wire::Violation violation) {
    violation_ = violation;
    return Next::Violation;
}

}  // namespace vgpu::worker
