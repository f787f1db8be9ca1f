// A command channel: the ring that a thread's records go through, and the ring of its replies.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "icd/id_pool.h"
#include "ring/byte_ring.h"
#include "ring/layout.h"
#include "transport/guest_transport.h"

namespace vgpu::icd {

class Context;

// What all channels of a context count together. One line: who takes an order owns it anyway.
struct alignas(ring::kLineBytes) OrderClock {
    // The last place in the context's order that was taken.
    std::atomic<std::uint32_t> order{0};
    // Grows with every publish_all(): see "When records become visible" in context.h.
    std::atomic<std::uint32_t> publish_epoch{0};
};

// Owned by the context's ChannelPool until the context ends. Its records are written by the thread
// that holds it or, for the shared channel 0, by the thread that holds its lock. publish() and
// written() are for any thread. What the peer writes here (head, replies) is not trusted.
class Channel {
  public:
    Channel(Context& context, OrderClock& clock, transport::ChannelId id,
            std::unique_ptr<transport::SharedRegion> region);
    // In private memory, for a context that is lost from the beginning.
    Channel(Context& context, OrderClock& clock, transport::ChannelId id);
    ~Channel();

    transport::ChannelId id() const { return id_; }
    // True for channel 0, which threads use by turns.
    bool shared() const { return shared_; }
    // Bytes of the command stream so far.
    std::uint64_t written() const { return commands_.written(); }
    // Makes what is committed visible to the host and wakes it where it sleeps.
    void publish();

  private:
    friend class Post;
    friend class StraightPost;
    friend class Call;
    friend class Context;
    friend class ChannelPool;

    Channel(Context& context, OrderClock& clock, transport::ChannelId id,
            std::unique_ptr<transport::SharedRegion> region,
            std::unique_ptr<std::uint8_t[]> no_region);

    // Room for a record's begin; waits for it. Without room at all (the context is lost): the
    // writer collects the record in overflow_, and finishing it drops it.
    std::span<std::uint8_t> open_record() {
        if (shared_) [[unlikely]]
            lock_shared();
        const std::span<std::uint8_t> room = commands_.try_reserve(kReserve);
        if (!room.empty()) [[likely]]
            return room;
        return wait_for_room();
    }
    // A place for a record of so many bytes that can be had without a look at the peer's index or
    // a lock; null when there is none.
    std::uint8_t* known_room(std::size_t bytes) {
        return shared_ ? nullptr : commands_.known_room(bytes);
    }
    // The last place in the context's order that was taken.
    std::uint32_t last_order() const { return clock_.order.load(std::memory_order_acquire); }
    void commit_record(std::uint32_t bytes) {
        commands_.commit(bytes);
        if (commands_.unpublished() >= kPublishBatch) [[unlikely]]
            publish_batch();
    }
    // A host that reads already gets a batch at once. One that sleeps is woken for more: what is
    // less comes with the submit, and a wake-up costs more than it would gain.
    void publish_batch() {
        if (commands_.unpublished() >= kWakingBatch || !commands_.consumer_sleeps()) publish();
    }
    void lock_shared();
    void unlock_shared() { mutex_.unlock(); }
    std::span<std::uint8_t> wait_for_room();
    // Sends a record that outgrew the ring's contiguous room: `record` begins with place for its
    // header.
    void stream_record(std::uint16_t command, std::uint32_t order, std::span<std::uint8_t> record);
    bool stream(std::span<const std::uint8_t> bytes);
    // Fills `into` from the reply ring, with waiting; false when the context is lost.
    bool read_reply(std::span<std::uint8_t> into);
    // Puts vgpuAwaitChannel, unless an earlier one says as much. Of the shared channel the caller
    // holds the lock.
    void await(Channel& other, std::uint64_t position);

    std::span<std::uint8_t> no_room() { return {&nowhere_, 0}; }

    static constexpr std::uint32_t kReserve = 512;
    static constexpr std::uint32_t kPublishBatch = 4096;
    static constexpr std::uint32_t kWakingBatch = 16384;

    Context& context_;
    OrderClock& clock_;
    const transport::ChannelId id_;
    const bool shared_;
    std::unique_ptr<transport::SharedRegion> region_;
    // Stands in for the region when there is none; then the context is lost.
    std::unique_ptr<std::uint8_t[]> no_region_;
    std::uint8_t* const memory_;
    ring::Producer commands_;
    ring::Consumer replies_;
    std::vector<std::uint8_t> overflow_;
    alignas(8) std::uint8_t nowhere_ = 0;
    IdList ids_;
    // What this channel has awaited of each other one.
    std::uint64_t awaited_[ring::kMaxChannels] = {};
    std::mutex mutex_;
};

}  // namespace vgpu::icd
