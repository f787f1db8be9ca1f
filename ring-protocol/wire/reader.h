// Reads a record's fields from a private copy; the first senseless one stops it for good.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "wire/arena.h"
#include "wire/violation.h"

namespace vgpu::wire {

class HandleTable;

// Owned by one thread for the time of one record. Its bytes came from the peer and lie in private
// memory; after a violation every read gives zero, so a decoder need not test each field.
class Reader {
  public:
    // `data` lies at a multiple of 8. `table` resolves handles (host side); null where none occur.
    Reader(const std::uint8_t* data, std::size_t size, Arena& arena,
           const HandleTable* table = nullptr)
        : cursor_(data), begin_(data), end_(data + size), arena_(&arena), table_(table) {}

    std::uint32_t u32() { return scalar<std::uint32_t>(); }
    std::uint64_t u64() { return scalar<std::uint64_t>(); }
    template <typename T>
    T scalar() {
        static_assert(std::is_trivially_copyable_v<T> && (sizeof(T) == 4 || sizeof(T) == 8));
        T value{};
        if (const std::uint8_t* from = take(sizeof(T))) std::memcpy(&value, from, sizeof(T));
        return value;
    }
    // `bytes` bytes in place (and the padding behind them), or null after a violation.
    const std::uint8_t* raw(std::size_t bytes) {
        if (bytes > left()) return stop();
        return take((bytes + 3) & ~std::size_t{3});
    }
    void align8() {
        if ((cursor_ - begin_) % 8 != 0) u32();
    }
    // A count whose elements take at least `element_bytes` bytes each on the wire.
    std::uint32_t count(std::size_t element_bytes) {
        const std::uint32_t n = u32();
        if (element_bytes != 0 && n > left() / element_bytes) {
            fail(Violation::CountOverLimit);
            return 0;
        }
        return n;
    }

    void fail(Violation violation) {
        if (violation_ == Violation::None) violation_ = violation;
        cursor_ = end_;
    }
    bool ok() const { return violation_ == Violation::None; }
    Violation violation() const { return violation_; }
    std::size_t left() const { return static_cast<std::size_t>(end_ - cursor_); }
    std::size_t position() const { return static_cast<std::size_t>(cursor_ - begin_); }
    // To be called after the last field: less than 8 bytes of padding may be left.
    bool finish() {
        if (ok() && left() >= 8) fail(Violation::TrailingBytes);
        return ok();
    }

    // Whether an object of that scope (Slot::scope) may be named here. The record's first handle of
    // a device's object says which device the record speaks of; objects of another one are foreign.
    bool in_scope(std::uint32_t scope, bool device_level) {
        if (!device_level) return true;
        if (!scope_known_) {
            scope_ = scope;
            scope_known_ = true;
        }
        return scope == scope_;
    }
    // The table index of that device; without one, HandleTable::kInstanceScope.
    std::uint32_t scope() const { return scope_; }

    Arena& arena() { return *arena_; }
    const HandleTable* table() const { return table_; }

  private:
    const std::uint8_t* take(std::size_t bytes) {
        if (left() < bytes) [[unlikely]]
            return stop();
        const std::uint8_t* at = cursor_;
        cursor_ += bytes;
        return at;
    }
    const std::uint8_t* stop() {
        fail(Violation::Truncated);
        return nullptr;
    }

    const std::uint8_t* cursor_;
    const std::uint8_t* begin_;
    const std::uint8_t* end_;
    Arena* arena_;
    const HandleTable* table_;
    std::uint32_t scope_ = 0xffffffff;
    bool scope_known_ = false;
    Violation violation_ = Violation::None;
};

// A Reader of a record whose fields all have their places whatever they hold, and whose length was
// compared with theirs as a whole: no read looks at the end again.
class FixedReader : public Reader {
  public:
    FixedReader(const std::uint8_t* data, std::size_t size, Arena& arena, const HandleTable* table)
        : Reader(data, size, arena, table), begin_(data), cursor_(data) {}

    std::uint32_t u32() { return scalar<std::uint32_t>(); }
    std::uint64_t u64() { return scalar<std::uint64_t>(); }
    const std::uint8_t* raw(std::size_t bytes) {
        const std::uint8_t* at = cursor_;
        cursor_ += (bytes + 3) & ~std::size_t{3};
        return at;
    }
    void align8() {
        if ((cursor_ - begin_) % 8 != 0) cursor_ += 4;
    }
    bool finish() const { return ok(); }

  private:
    template <typename T>
    T scalar() {
        T value;
        std::memcpy(&value, cursor_, sizeof(T));
        cursor_ += sizeof(T);
        return value;
    }

    const std::uint8_t* const begin_;
    const std::uint8_t* cursor_;
};

}  // namespace vgpu::wire
