// The rare ways of the ring's ends: looking at the peer's indices, wrapping, publishing.
#include "ring/byte_ring.h"

#include <algorithm>
#include <cstring>

#include "base/copy_once.h"

namespace vgpu::ring {

namespace {
// Only other publishers of this end move the tail, each at most once towards a fixed target. A
// peer that scribbles on the tail must not keep us here.
constexpr int kTailAttempts = 1000;

std::uint32_t low(std::uint64_t position) {
    return static_cast<std::uint32_t>(position);
}
}  // namespace

Producer::Producer(RingHeader& header, std::uint8_t* data, std::uint32_t size, std::uint32_t start)
    : header_(header),
      data_(data),
      size_(size),
      cached_head_(start),
      written_(start),
      published_(start) {}

std::uint32_t Producer::free_bytes() {
    if (broken()) return 0;
    // Acquire: the consumer has copied the bytes that we are about to overwrite.
    const std::uint32_t head = header_.head.load(std::memory_order_acquire);
    const std::uint32_t used = low(position()) - head;
    const bool forward = head - cached_head_ <= low(position()) - cached_head_;
    if (used > size_ || !forward) {
        broken_.store(true, std::memory_order_relaxed);
        room_ = 0;
        return 0;
    }
    cached_head_ = head;
    return size_ - used;
}

std::span<std::uint8_t> Producer::reserve_slowly(std::uint32_t bytes) {
    const std::uint32_t free = free_bytes();
    const std::uint32_t offset = low(position()) & (size_ - 1);
    const std::uint32_t rest = size_ - offset;
    room_ = std::min(free, rest);
    if (broken()) return {};
    if (room_ >= bytes) return {data_ + offset, room_};
    if (rest >= bytes || free < rest || free - rest < bytes) return {};

    const RecordHeader pad{kPadCommand, static_cast<std::uint16_t>(rest / 8), 0};
    std::memcpy(data_ + offset, &pad, sizeof(pad));
    commit(rest);
    room_ = free - rest;
    return {data_, room_};
}

std::size_t Producer::try_write(std::span<const std::uint8_t> bytes) {
    const std::size_t count = std::min<std::size_t>(bytes.size(), free_bytes());
    if (count == 0) return 0;
    const std::uint32_t offset = low(position()) & (size_ - 1);
    const std::size_t first = std::min<std::size_t>(count, size_ - offset);
    std::memcpy(data_ + offset, bytes.data(), first);
    std::memcpy(data_, bytes.data() + first, count - first);
    room_ = 0;
    written_.store(position() + count, std::memory_order_release);
    return count;
}

bool Producer::publish() {
    // Sequentially consistent, as are the loads and stores of the sleep flag: the consumer's
    // "set the flag, look at the tail" and this "move the tail, look at the flag" cannot both miss.
    const std::uint64_t target = written_.load(std::memory_order_seq_cst);
    if (published_.load(std::memory_order_relaxed) == target) return false;
    const bool moved = advance_tail(target);
    published_.store(target, std::memory_order_relaxed);
    return moved && claim_wake();
}

bool Producer::advance_tail(std::uint64_t target) {
    std::uint32_t tail = header_.tail.load(std::memory_order_relaxed);
    for (int i = 0; i < kTailAttempts; ++i) {
        // Another thread's publish() went further already.
        if (static_cast<std::int32_t>(low(target) - tail) <= 0) return false;
        // Publish last: the payload must be visible before the index that names it.
        if (header_.tail.compare_exchange_weak(tail, low(target), std::memory_order_seq_cst))
            return true;
    }
    broken_.store(true, std::memory_order_relaxed);
    return false;
}

bool Producer::claim_wake() {
    return header_.consumer_sleeps.load(std::memory_order_seq_cst) != 0 &&
           header_.consumer_sleeps.exchange(0, std::memory_order_seq_cst) != 0;
}

Consumer::Consumer(RingHeader& header, const std::uint8_t* data, std::uint32_t size,
                   std::uint32_t start)
    : header_(header), data_(data), size_(size), read_(start), seen_tail_(start) {}

std::size_t Consumer::try_read(std::span<std::uint8_t> into) {
    if (broken_) return 0;
    const std::uint32_t tail = header_.tail.load(std::memory_order_acquire);
    const std::uint32_t available = tail - low(read_);
    if (available > size_ || available < seen_tail_ - low(read_)) {
        broken_ = true;
        return 0;
    }
    seen_tail_ = tail;
    const std::size_t count = std::min<std::size_t>(available, into.size());
    if (count == 0) return 0;
    const std::uint32_t offset = low(read_) & (size_ - 1);
    const std::size_t first = std::min<std::size_t>(count, size_ - offset);
    copy_once(into.data(), data_ + offset, first);
    copy_once(into.data() + first, data_, count - first);
    read_ += count;
    // Release: the copy is complete before the producer may overwrite.
    header_.head.store(low(read_), std::memory_order_release);
    return count;
}

bool Consumer::prepare_sleep() {
    if (broken_) return false;
    header_.consumer_sleeps.store(1, std::memory_order_seq_cst);
    if (header_.tail.load(std::memory_order_seq_cst) == low(read_)) return true;
    cancel_sleep();
    return false;
}

void Consumer::cancel_sleep() {
    header_.consumer_sleeps.store(0, std::memory_order_relaxed);
}

bool Consumer::empty() const {
    return header_.tail.load(std::memory_order_acquire) == low(read_);
}

}  // namespace vgpu::ring
