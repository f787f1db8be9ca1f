// Cuts a guest's command stream into records, in private memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "ring/byte_ring.h"
#include "ring/layout.h"
#include "wire/violation.h"
#include "worker/replay_port.h"

namespace vgpu::worker {

// One record; payload lies at a multiple of 8 and is valid until the next next().
struct Record {
    std::uint16_t command;
    std::uint32_t order;
    const std::uint8_t* payload;
    std::size_t bytes;
    std::uint64_t end;  // the stream's position behind it
};

// Owned by its channel's thread. The ring's bytes are the guest's: they are copied once and then
// looked at, and memory beyond the first buffer is taken only as bytes arrive, and is charged.
class CommandStream {
  public:
    enum class Next {
        Record,     // there is one
        Empty,      // the ring is empty; what is there of the next record stays here
        Violation,  // violation() says what; nothing more will come
        OverLimit,  // the context may not have the memory that its record needs
    };

    CommandStream(ring::RingHeader& header, const std::uint8_t* data, WorkerServices& services);
    ~CommandStream();
    CommandStream(const CommandStream&) = delete;
    CommandStream& operator=(const CommandStream&) = delete;

    Next next(Record& record);
    // What lies here and was not handed out: records, the last of them perhaps in part.
    std::span<const std::uint8_t> there() const {
        return {buffer_.get() + begin_, filled_ - begin_};
    }
    // Counts the first `bytes` of them, which are whole records, as handed out.
    void skip(std::size_t bytes) { begin_ += bytes; }
    wire::Violation violation() const { return violation_; }
    // The stream's position up to which next() has handed out records.
    std::uint64_t position() const { return consumer_.read_position() - (filled_ - begin_); }
    ring::Consumer& consumer() { return consumer_; }

  private:
    enum class Parsed { Whole, Partial, Bad };
    Parsed parse(Record& record);
    // More bytes into the buffer. Record: there are some.
    Next fill();
    bool make_room();
    bool resize(std::size_t bytes);
    Next fail(wire::Violation violation);
    std::span<std::uint8_t> room() {
        return {buffer_.get() + filled_, static_cast<std::size_t>(capacity_ - filled_)};
    }

    static constexpr std::size_t kBufferBytes = 64 << 10;

    ring::RingHeader& header_;
    ring::Consumer consumer_;
    WorkerServices& services_;
    std::unique_ptr<std::uint8_t[]> buffer_;
    std::size_t capacity_ = kBufferBytes;
    std::size_t begin_ = 0;     // first byte not yet handed out
    std::size_t filled_ = 0;    // behind the last byte that was read
    std::uint64_t wanted_ = 0;  // length of the record that begin_ is at, once it is known
    wire::Violation violation_ = wire::Violation::None;
};

}  // namespace vgpu::worker
