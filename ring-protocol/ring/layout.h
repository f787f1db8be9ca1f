// The octets that both ends of a context share: the control page, the status slots and a ring.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace vgpu::ring {

inline constexpr std::size_t kPageBytes = 4096;
// `bytes` rounded up to pages; whoever does not know better bounds them before.
constexpr std::uint64_t whole_pages(std::uint64_t bytes) {
    return (bytes + kPageBytes - 1) & ~std::uint64_t{kPageBytes - 1};
}
inline constexpr std::size_t kLineBytes = 64;

// Why a context ended, as the host writes it to ControlPage::lost.
enum class LostReason : std::uint32_t {
    Alive = 0,
    ProtocolViolation = 1,  // the guest's stream made no sense
    DriverLost = 2,         // the host driver reported VK_ERROR_DEVICE_LOST
    CreateFailed = 3,       // a create that did not wait failed on the host
    LimitExceeded = 4,      // the guest went over a limit that it had been told
    ServiceStopped = 5,     // the administrator or the service ended the context
};

// One per context, at offset 0 of the control region.
//
//     0      +--------------------------------------------------+
//            | guest_waits                       guest writes   |
//     64     +--------------------------------------------------+
//            | lost                              host writes    |
//     128    +--------------------------------------------------+
//            | frames                            guest writes   |
//     192    +--------------------------------------------------+
//            | reserved, zero                                   |
//     4096   +--------------------------------------------------+
//            | status slots: kStatusSlots x 64 bit, host writes |
//            +--------------------------------------------------+
struct ControlPage {
    // Number of guest threads that sleep until the host rings the context's doorbell. The host
    // looks at it after every change that a guest may wait for.
    alignas(kLineBytes) std::atomic<std::uint32_t> guest_waits;
    // A LostReason.
    alignas(kLineBytes) std::atomic<std::uint32_t> lost;
    // How many pictures the guest has presented; for the administrator's eyes only.
    alignas(kLineBytes) std::atomic<std::uint64_t> frames;
    alignas(kLineBytes) std::uint8_t reserved[kPageBytes - 3 * kLineBytes];
};
static_assert(sizeof(ControlPage) == kPageBytes);
static_assert(offsetof(ControlPage, lost) == 64 && offsetof(ControlPage, frames) == 128);

// A status slot holds a value that only grows: a queue's last completed serial, or a timeline
// semaphore's counter. The guest chooses the slot; polling is a load.
using StatusSlot = std::atomic<std::uint64_t>;
static_assert(sizeof(StatusSlot) == 8 && StatusSlot::is_always_lock_free);

inline constexpr std::uint32_t kStatusSlots = 65536;
inline constexpr std::size_t kStatusOffset = kPageBytes;
inline constexpr std::size_t kControlRegionBytes = kStatusOffset + kStatusSlots * 8;

// One single-producer single-consumer byte ring: this header, then `size` bytes of data, a power
// of two. head and tail run freely over 2^32; tail - head is the number of bytes to consume.
//
//     0      +--------------------------------------------------+
//            | tail                              producer writes|
//     64     +--------------------------------------------------+
//            | head                              consumer writes|
//     128    +--------------------------------------------------+
//            | consumer_sleeps                   consumer sets, |
//            |                                   producer clears|
//     192    +--------------------------------------------------+
//            | reserved, zero                                   |
//     256    +--------------------------------------------------+
//            | data                                             |
//            +--------------------------------------------------+
struct RingHeader {
    alignas(kLineBytes) std::atomic<std::uint32_t> tail;
    alignas(kLineBytes) std::atomic<std::uint32_t> head;
    // Nonzero while the consumer sleeps until the producer rings its doorbell.
    alignas(kLineBytes) std::atomic<std::uint32_t> consumer_sleeps;
    alignas(kLineBytes) std::uint8_t reserved[kLineBytes];
};
static_assert(sizeof(RingHeader) == 256);
static_assert(offsetof(RingHeader, head) == 64 && offsetof(RingHeader, consumer_sleeps) == 128);

// A command channel: a command ring (guest to host) directly followed by a reply ring.
inline constexpr std::uint32_t kCommandRingBytes = 256 * 1024;
inline constexpr std::uint32_t kReplyRingBytes = 64 * 1024;
inline constexpr std::size_t kReplyRingOffset = sizeof(RingHeader) + kCommandRingBytes;
inline constexpr std::size_t kChannelBytes =
    whole_pages(kReplyRingOffset + sizeof(RingHeader) + kReplyRingBytes);
inline constexpr std::uint32_t kMaxChannels = 32;

// The head of every record in a command ring. Records are multiples of 8 bytes.
//
//     0        2        4                 8
//     +--------+--------+-----------------+
//     | command| words  | order           |
//     +--------+--------+-----------------+
//
// words: the record's length in units of 8 bytes, this header included; 0 says that a 64-bit
// length in bytes follows the header: that of the whole record, header and length included.
// order: for an ordered command its own place in the context's order (the host runs it when every
// smaller place has run; the first is 1); for a recorded command (vkCmd*) the last place that it
// must come after. Orders wrap over 2^32: compare differences.
struct RecordHeader {
    std::uint16_t command;
    std::uint16_t words;
    std::uint32_t order;
};
static_assert(sizeof(RecordHeader) == 8);

// Command number 0 is padding at the end of the ring's memory: skipped, its order is ignored.
inline constexpr std::uint16_t kPadCommand = 0;
// Command number 1 (vgpuAwaitChannel) has the payload u32 channel, u32 zero, u64 position: the
// channel's records behind it run when `channel` has run its first `position` bytes. It is a
// recorded command: its order is the last place that had been taken.
inline constexpr std::uint16_t kAwaitChannelCommand = 1;
// A record longer than this ends the context.
inline constexpr std::uint64_t kMaxRecordBytes = 256ull << 20;

// The head of every reply: `bytes` follow, and `order` repeats the command's. A reply may be longer
// than its ring: it is streamed. While the host waits for room it sets consumer_sleeps of the
// channel's *command* ring; so a guest that has freed room in a reply ring during a reply looks at
// that flag after a full fence, and when it is set rings the channel.
struct ReplyHeader {
    std::uint32_t bytes;
    std::uint32_t order;
};
static_assert(sizeof(ReplyHeader) == 8);
// A reply longer than this ends the context.
inline constexpr std::uint32_t kMaxReplyBytes = 64u << 20;

}  // namespace vgpu::ring
