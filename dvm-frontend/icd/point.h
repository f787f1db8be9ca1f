// A point of a queue's work, small enough to be one atomic word.
#pragma once

#include <cstdint>

#include "icd/context.h"

namespace vgpu::icd {

// Reached when the queue's status slot holds at least the serial. Serials begin with 1 and fit
// into 48 bits: at a million submits a second they last nine years.
//
//     63        48 47                                            0
//     +-----------+----------------------------------------------+
//     | slot      | serial                                       |
//     +-----------+----------------------------------------------+
struct Point {
    static constexpr unsigned kSerialBits = 48;
    static constexpr std::uint64_t kSerialMask = (std::uint64_t{1} << kSerialBits) - 1;

    constexpr Point() = default;
    constexpr Point(std::uint32_t slot, std::uint64_t serial)
        : bits(std::uint64_t{slot} << kSerialBits | (serial & kSerialMask)) {}
    constexpr explicit Point(std::uint64_t packed) : bits(packed) {}

    constexpr std::uint32_t slot() const { return static_cast<std::uint32_t>(bits >> kSerialBits); }
    constexpr std::uint64_t serial() const { return bits & kSerialMask; }
    // Point() is no point of any queue, and always reached.
    bool reached(Context& context) const {
        return context.status(slot()).load(std::memory_order_acquire) >= serial();
    }
    bool operator==(const Point&) const = default;

    std::uint64_t bits = 0;
};
static_assert(ring::kStatusSlots <= 1u << (64 - Point::kSerialBits));

}  // namespace vgpu::icd
