// The two ends of a single-producer single-consumer byte ring in shared memory.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "ring/layout.h"

namespace vgpu::ring {

// The writing end. Owned by one thread at a time, but for publish(), unpublished() and written(),
// which any thread may call. The peer's head is not trusted: one that is impossible makes the ring
// broken().
class Producer {
  public:
    // `size` is a power of two; header and data stay mapped while this lives. `start` is the
    // position of the first byte: the header's head and tail hold it already.
    Producer(RingHeader& header, std::uint8_t* data, std::uint32_t size, std::uint32_t start = 0);

    // The contiguous span of free bytes at the write position that is known of, at least `bytes`
    // long, or an empty one when there is no such room now. Never waits. Bytes up to the end of
    // the ring's memory are skipped with a padding record when the contiguous rest is too short
    // (command rings only, whose positions are multiples of 8).
    std::span<std::uint8_t> try_reserve(std::uint32_t bytes) {
        if (room_ >= bytes) [[likely]]
            return {data_ + (static_cast<std::uint32_t>(position()) & (size_ - 1)), room_};
        return reserve_slowly(bytes);
    }
    // The write position when so many bytes are known to be free there, else null.
    std::uint8_t* known_room(std::size_t bytes) {
        return room_ >= bytes ? data_ + (static_cast<std::uint32_t>(position()) & (size_ - 1))
                              : nullptr;
    }
    // Makes `bytes` bytes of the last reservation part of the stream; not yet visible to the peer.
    void commit(std::uint32_t bytes) {
        room_ -= bytes;
        // The payload comes first for whoever publishes this position.
        written_.store(position() + bytes, std::memory_order_release);
    }
    // Appends up to bytes.size() bytes to the stream, wrapping; returns how many fitted.
    std::size_t try_write(std::span<const std::uint8_t> bytes);

    // Makes all that is committed visible. Returns true when the consumer sleeps and this caller
    // is the one that must ring its doorbell. Never moves the tail backwards, however many
    // threads publish at once.
    bool publish();
    // Asks only for the second half: whether the consumer sleeps and this caller rings. For a
    // consumer that waits for something else than bytes of this ring (see ReplyHeader). A full
    // fence stands between what it waits for and this call.
    bool claim_wake();
    // As its flag says now: a hint, since it changes at any time and the peer may lie.
    bool consumer_sleeps() const {
        return header_.consumer_sleeps.load(std::memory_order_relaxed) != 0;
    }
    // Committed but not yet visible.
    std::uint64_t unpublished() const {
        return written_.load(std::memory_order_acquire) -
               published_.load(std::memory_order_relaxed);
    }
    // Bytes of the stream since its beginning (plus `start`); never wraps in practice.
    std::uint64_t written() const { return written_.load(std::memory_order_acquire); }
    // Bytes free now, as far as the peer's head tells.
    std::uint32_t free_bytes();
    bool broken() const { return broken_.load(std::memory_order_relaxed); }

  private:
    std::uint64_t position() const { return written_.load(std::memory_order_relaxed); }
    std::span<std::uint8_t> reserve_slowly(std::uint32_t bytes);
    bool advance_tail(std::uint64_t target);

    RingHeader& header_;
    std::uint8_t* const data_;
    const std::uint32_t size_;
    // Contiguous bytes at the write position that are known to be free.
    std::uint32_t room_ = 0;
    std::uint32_t cached_head_;
    std::atomic<std::uint64_t> written_;
    // What publish() has made visible, for unpublished() only: the truth is the shared tail.
    std::atomic<std::uint64_t> published_;
    std::atomic<bool> broken_{false};
};

// The reading end, owned by one thread. The peer's tail is not trusted.
class Consumer {
  public:
    Consumer(RingHeader& header, const std::uint8_t* data, std::uint32_t size,
             std::uint32_t start = 0);

    // Copies what is there, at most into.size() bytes, into private memory, reading each shared
    // byte once, and frees its place. Returns 0 when the ring is empty or broken(). The host looks
    // at ControlPage::guest_waits afterwards (full fence between), for a guest that waits for room.
    std::size_t try_read(std::span<std::uint8_t> into);
    // Announces that this end is about to sleep. False when data arrived meanwhile, or the ring is
    // broken(): do not sleep.
    bool prepare_sleep();
    // Takes the announcement back after waking, or when prepare_sleep() was followed by no sleep.
    void cancel_sleep();
    // False as soon as the peer's tail is not where reading stopped, even at a senseless place:
    // then try_read() tells.
    bool empty() const;
    // True once the peer's indices made no sense (more than `size` bytes, or moving backwards).
    bool broken() const { return broken_; }
    std::uint64_t read_position() const { return read_; }

  private:
    RingHeader& header_;
    const std::uint8_t* const data_;
    const std::uint32_t size_;
    std::uint64_t read_;
    // The last tail that was believed, to notice one that moves backwards.
    std::uint32_t seen_tail_;
    bool broken_ = false;
};

}  // namespace vgpu::ring
