// Writes a record's fields, into ring memory as long as they fit and into a private buffer beyond.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <vector>

namespace vgpu::wire {

class PeerLinks;

// Fields lie at multiples of 4 bytes from the record's begin, which lies at a multiple of 8.
// Owned by one thread for the time of one record. `overflow` is kept by the owner, so that its
// memory serves the next long record too.
class Writer {
  public:
    // Writes from `begin` on (a multiple of 8); beyond `end` all goes to `overflow`.
    // `peer`: what the reader knows, null when that is all.
    Writer(std::uint8_t* begin, std::uint8_t* end, std::vector<std::uint8_t>& overflow,
           const PeerLinks* peer = nullptr)
        : begin_(begin), cursor_(begin), end_(end), overflow_(&overflow), peer_(peer) {}

    void u32(std::uint32_t value) { scalar(value); }
    void u64(std::uint64_t value) { scalar(value); }
    template <typename T>
    void scalar(T value) {
        static_assert(std::is_trivially_copyable_v<T> && (sizeof(T) == 4 || sizeof(T) == 8));
        std::memcpy(room(sizeof(T)), &value, sizeof(T));
    }
    // `bytes` bytes, then zeros up to a multiple of 4.
    void raw(const void* data, std::size_t bytes) {
        const std::size_t padded = (bytes + 3) & ~std::size_t{3};
        std::uint8_t* to = room(padded);
        if (padded != bytes) std::memset(to + padded - 4, 0, 4);
        if (bytes != 0) std::memcpy(to, data, bytes);
    }
    // Zeros up to a multiple of 8 from the record's begin.
    void align8() {
        if (size() % 8 != 0) u32(0);
    }

    const PeerLinks* peer() const { return peer_; }
    const std::uint8_t* data() const { return begin_; }
    std::uint8_t* data() { return begin_; }
    std::size_t size() const { return static_cast<std::size_t>(cursor_ - begin_); }
    // True when the record no longer lies where it began, but in the overflow buffer.
    bool overflowed() const { return overflowed_; }

  private:
    std::uint8_t* room(std::size_t bytes) {
        if (static_cast<std::size_t>(end_ - cursor_) < bytes) [[unlikely]]
            grow(bytes);
        std::uint8_t* at = cursor_;
        cursor_ += bytes;
        return at;
    }
    void grow(std::size_t bytes);

    std::uint8_t* begin_;
    std::uint8_t* cursor_;
    std::uint8_t* end_;
    std::vector<std::uint8_t>* overflow_;
    const PeerLinks* peer_;
    bool overflowed_ = false;
};

// What a Writer would need for the same calls; the compiler makes a number of it where all the
// fields are of fixed size.
class ByteCount {
  public:
    void u32(std::uint32_t) { bytes_ += 4; }
    void u64(std::uint64_t) { bytes_ += 8; }
    void raw(const void*, std::size_t bytes) { bytes_ += (bytes + 3) & ~std::size_t{3}; }
    void align8() { bytes_ = (bytes_ + 7) & ~std::size_t{7}; }
    std::size_t bytes() const { return bytes_; }

  private:
    std::size_t bytes_ = 0;
};

// A Writer for a place that a ByteCount has measured: stores, and nothing else.
class StraightWriter {
  public:
    // `begin` lies at a multiple of 8.
    explicit StraightWriter(std::uint8_t* begin) : begin_(begin), cursor_(begin) {}

    void u32(std::uint32_t value) { scalar(value); }
    void u64(std::uint64_t value) { scalar(value); }
    void raw(const void* data, std::size_t bytes) {
        const std::size_t padded = (bytes + 3) & ~std::size_t{3};
        if (padded != bytes) std::memset(cursor_ + padded - 4, 0, 4);
        if (bytes != 0) std::memcpy(cursor_, data, bytes);
        cursor_ += padded;
    }
    void align8() {
        if ((cursor_ - begin_) % 8 != 0) u32(0);
    }

  private:
    template <typename T>
    void scalar(T value) {
        std::memcpy(cursor_, &value, sizeof(T));
        cursor_ += sizeof(T);
    }

    std::uint8_t* const begin_;
    std::uint8_t* cursor_;
};

}  // namespace vgpu::wire
