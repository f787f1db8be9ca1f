// The ways of a channel that wait: for room, through a long record, for a reply.
#include "icd/channel.h"

#include <algorithm>
#include <cstring>

#include "icd/channel_pool.h"
#include "icd/context.h"

namespace vgpu::icd {

namespace {

// A waiter for room wakes when a good part is free, not for each record that the host takes.
constexpr std::uint32_t kEnoughRoom = ring::kCommandRingBytes / 4;
// Memory for long records that is kept for the next one.
constexpr std::size_t kKeptOverflow = 1 << 20;

std::uint8_t* aligned(std::uint8_t* memory) {
    const auto address = reinterpret_cast<std::uintptr_t>(memory);
    return memory + (ring::kLineBytes - address % ring::kLineBytes) % ring::kLineBytes;
}

ring::RingHeader& header_at(std::uint8_t* memory) {
    return *reinterpret_cast<ring::RingHeader*>(memory);
}

}  // namespace

Channel::Channel(Context& context, OrderClock& clock, transport::ChannelId id,
                 std::unique_ptr<transport::SharedRegion> region)
    : Channel(context, clock, id, std::move(region), nullptr) {}

Channel::Channel(Context& context, OrderClock& clock, transport::ChannelId id)
    : Channel(context, clock, id, nullptr,
              std::make_unique<std::uint8_t[]>(ring::kChannelBytes + ring::kLineBytes)) {}

Channel::Channel(Context& context, OrderClock& clock, transport::ChannelId id,
                 std::unique_ptr<transport::SharedRegion> region,
                 std::unique_ptr<std::uint8_t[]> no_region)
    : context_(context),
      clock_(clock),
      id_(id),
      shared_(id == 0),
      region_(std::move(region)),
      no_region_(std::move(no_region)),
      memory_(region_ ? region_->data() : aligned(no_region_.get())),
      commands_(header_at(memory_), memory_ + sizeof(ring::RingHeader), ring::kCommandRingBytes),
      replies_(header_at(memory_ + ring::kReplyRingOffset),
               memory_ + ring::kReplyRingOffset + sizeof(ring::RingHeader), ring::kReplyRingBytes) {
}

Channel::~Channel() = default;

void Channel::publish() {
    if (!commands_.publish()) return;
    context_.transport().ring_channel(id_);
    context_.host_slept();
}

void Channel::lock_shared() {
    mutex_.lock();
    ++thread_channel.shared_records;
}

std::span<std::uint8_t> Channel::wait_for_room() {
    const auto roomy = [&] { return commands_.free_bytes() >= kEnoughRoom || commands_.broken(); };
    if (context_.lost() || !context_.wait_for_host(roomy)) return no_room();
    const std::span<std::uint8_t> room = commands_.try_reserve(kReserve);
    if (!room.empty()) return room;
    context_.mark_lost("The host's index of a command ring makes no sense.");
    return no_room();
}

void Channel::stream_record(std::uint16_t command, std::uint32_t order,
                            std::span<std::uint8_t> record) {
    const std::size_t long_bytes = record.size() + sizeof(std::uint64_t);
    if (long_bytes > ring::kMaxRecordBytes)
        context_.mark_lost("A command has more than 256 MiB of parameters.");
    if (!context_.lost()) {
        ring::RecordHeader header{command, 0, order};
        if (record.size() / 8 <= 0xffff) {
            header.words = static_cast<std::uint16_t>(record.size() / 8);
            std::memcpy(record.data(), &header, sizeof(header));
            stream(record);
        } else {
            std::uint8_t head[sizeof(header) + sizeof(std::uint64_t)];
            const std::uint64_t bytes = long_bytes;
            std::memcpy(head, &header, sizeof(header));
            std::memcpy(head + sizeof(header), &bytes, sizeof(bytes));
            if (stream(head)) stream(record.subspan(sizeof(header)));
        }
    }
    if (overflow_.size() > kKeptOverflow) std::vector<std::uint8_t>().swap(overflow_);
}

bool Channel::stream(std::span<const std::uint8_t> bytes) {
    for (;;) {
        bytes = bytes.subspan(commands_.try_write(bytes));
        publish();
        if (bytes.empty()) return true;
        const auto enough =
            static_cast<std::uint32_t>(std::min<std::size_t>(bytes.size(), kEnoughRoom));
        const auto roomy = [&] { return commands_.free_bytes() >= enough || commands_.broken(); };
        if (!context_.wait_for_host(roomy)) return false;
        if (commands_.broken()) {
            context_.mark_lost("The host's index of a command ring makes no sense.");
            return false;
        }
    }
}

bool Channel::read_reply(std::span<std::uint8_t> into) {
    const auto news = [&] { return !replies_.empty(); };
    for (;;) {
        into = into.subspan(replies_.try_read(into));
        if (into.empty()) return true;
        if (replies_.broken()) {
            context_.mark_lost("The host's index of a reply ring makes no sense.");
            return false;
        }
        // The host may wait for the room that was made just now (ring/layout.h, ReplyHeader).
        std::atomic_thread_fence(std::memory_order_seq_cst);
        if (commands_.claim_wake()) context_.transport().ring_channel(id_);
        if (!context_.wait_for_host(news)) return false;
    }
}

void Channel::await(Channel& other, std::uint64_t position) {
    if (&other == this || awaited_[other.id()] >= position) return;
    awaited_[other.id()] = position;
    // Visible first, or the host would wait for it without end.
    other.publish();
    struct {
        ring::RecordHeader header;
        std::uint32_t channel;
        std::uint32_t zero;
        std::uint64_t position;
    } const record{{ring::kAwaitChannelCommand, sizeof(record) / 8,
                    clock_.order.load(std::memory_order_acquire)},
                   other.id(),
                   0,
                   position};
    std::span<std::uint8_t> room = commands_.try_reserve(kReserve);
    if (room.empty()) room = wait_for_room();
    if (room.empty()) return;
    std::memcpy(room.data(), &record, sizeof(record));
    commit_record(sizeof(record));
}

}  // namespace vgpu::icd
