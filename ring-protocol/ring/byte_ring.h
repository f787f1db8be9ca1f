// The two ends of a single-producer single-consumer byte ring in shared memory.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "ring/layout.h"

namespace vgpu::ring {

// The writing end. Owned by one thread at a time, but for publish(), which any thread may call.
// The peer's head is not trusted: one that is impossible makes the ring broken().
class Producer {
  public:
    // `size` is a power of two; header and data stay mapped while this lives.
    Producer(RingHeader& header, std::uint8_t* data, std::uint32_t size);

    // A contiguous span of at least `bytes` bytes at the write position, as long as it can be had
    // now, or an empty one. Never waits. Bytes up to the end of the ring's memory are skipped with
    // a padding record when the contiguous rest is too short (command rings only).
    std::span<std::uint8_t> try_reserve(std::uint32_t bytes);
    // Makes `bytes` bytes of the last reservation part of the stream; not yet visible to the peer.
    void commit(std::uint32_t bytes);
    // Appends up to bytes.size() bytes to the stream, wrapping; returns how many fitted.
    std::size_t try_write(std::span<const std::uint8_t> bytes);

    // Makes all that is committed visible. Returns true when the consumer sleeps and this caller
    // is the one that must ring its doorbell.
    bool publish();
    // Committed but not yet visible.
    std::uint32_t unpublished() const;
    // Bytes of the stream since its beginning; never wraps in practice.
    std::uint64_t written() const { return written_.load(std::memory_order_acquire); }
    // Bytes free now, as far as the peer's head tells.
    std::uint32_t free_bytes();
    bool broken() const { return broken_.load(std::memory_order_relaxed); }

  private:
    RingHeader& header_;
    std::uint8_t* const data_;
    const std::uint32_t size_;
    std::uint32_t cached_head_ = 0;
    std::atomic<std::uint64_t> written_{0};
    std::atomic<bool> broken_{false};
};

// The reading end, owned by one thread. The peer's tail is not trusted.
class Consumer {
  public:
    Consumer(RingHeader& header, const std::uint8_t* data, std::uint32_t size);

    // Copies what is there, at most into.size() bytes, into private memory, reading each shared
    // byte once, and frees its place. Returns 0 when the ring is empty or broken().
    std::size_t try_read(std::span<std::uint8_t> into);
    // Announces that this end is about to sleep. False when data arrived meanwhile: do not sleep.
    bool prepare_sleep();
    // Takes the announcement back after waking, or when prepare_sleep() was followed by no sleep.
    void cancel_sleep();
    bool empty() const;
    // True once the peer's indices made no sense (more than `size` bytes, or moving backwards).
    bool broken() const { return broken_; }
    std::uint64_t read_position() const { return read_; }

  private:
    RingHeader& header_;
    const std::uint8_t* const data_;
    const std::uint32_t size_;
    std::uint64_t read_ = 0;
    bool broken_ = false;
};

}  // namespace vgpu::ring
