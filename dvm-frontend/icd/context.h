// One Vulkan instance's way to its worker: channels, shared memory, waiting, and the news of death.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "icd/channel.h"
#include "icd/channel_pool.h"
#include "icd/id_pool.h"
#include "icd/waiter.h"
#include "ring/layout.h"
#include "transport/fork_guard.h"
#include "transport/guest_transport.h"
#include "wire/peer_links.h"

namespace vgpu::icd {

// Owned by the Instance; used by every thread of the application. Every wait ends in bounded time
// once the worker is gone: lost() is then true, posts are dropped and calls fail.
//
// Write records with Post (post.h) and Call (call.h).
//
// When records become visible to the host:
// - a channel's, when 4 KiB of them are not yet visible, or 16 KiB while its host's thread sleeps;
// - everybody's, at publish_all(): every call, every wait (also one for room in a ring) and what
//   the frontend asks for (every submit);
// - an ordered record's at its end, when anybody called publish_all() since its place was taken:
//   a later place may be visible already, and would wait for this one without end.
class Context {
  public:
    // Starts lost when the channel 0 cannot be opened.
    explicit Context(std::unique_ptr<transport::GuestTransport> transport);
    ~Context();
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;

    // The calling thread's channel: its own one when it has earned it, the shared one otherwise.
    // Cheap: one thread-local compare. Changes only at an ordered record.
    Channel& channel() {
        if (thread_channel.serial == serial_) [[likely]]
            return *thread_channel.channel;
        return find_channel();
    }
    // As channel(), before an ordered record: this is where a thread that made a few records gets
    // its own channel, if one is left.
    Channel& earn_channel() {
        Channel& mine = channel();
        if (mine.shared()) [[unlikely]]
            return try_earn_channel(mine);
        return mine;
    }
    // The channel of this thread, after telling the host to run first what `previous` has been
    // given: for an object (a command buffer) that moves from one thread to another.
    Channel& channel_after(Channel& previous);
    // Everything that other channels were given happens before what this channel posts next.
    // Costs nothing while only one channel is used.
    void order_after_all_channels();

    // Makes all channels' committed commands visible, and wakes the host where it sleeps.
    void publish_all();

    // The id of a new object, or 0 when the context has objects_max of them (the caller returns
    // VK_ERROR_OUT_OF_HOST_MEMORY). Not while this thread has a Post open, and only for a record
    // of this thread's channel, which comes after this.
    wire::ObjectId new_id();
    // The index may be taken again for records that come later on this thread's channel. To be
    // called after the destroy was posted.
    void recycle_id(wire::ObjectId id);

    // Status slots (ring/layout.h), zero when taken. take returns nothing when all are in use. A
    // slot is given back when the host will no longer write it.
    std::optional<std::uint32_t> take_status_slot();
    void give_status_slot(std::uint32_t slot);
    ring::StatusSlot& status(std::uint32_t slot) { return status_[slot]; }

    // Publishes, spins briefly, then sleeps until done() is true, time is over, or the context is
    // lost. True when done() was seen true. nullopt waits without end (but for loss).
    bool wait_until(DoneRef done, std::optional<std::chrono::nanoseconds> timeout) {
        return wait(done, timeout, Waiter::For::Work);
    }
    // As wait_until() without end, for what the host does at once when it comes to it.
    bool wait_for_host(DoneRef done) { return wait(done, std::nullopt, Waiter::For::Host); }
    // Makes every thread in wait_until() look again, after this guest itself has changed something.
    void wake_waiting() { waiter_.wake_all(); }
    // The host slept until it was rung for just now.
    void host_slept() { waiter_.host_slept(); }

    // A picture is presented; the administrator sees how many.
    void count_frame() { control_.frames.fetch_add(1, std::memory_order_relaxed); }

    // What this guest knows already.
    bool lost() const { return lost_.load(std::memory_order_relaxed); }
    // For polling loops: also looks at the control page and, every 256th time, publishes all and
    // asks the kernel, so that a poll alone ends too.
    bool lost_now();
    void mark_lost();
    // As mark_lost(), with a line to stderr; of many only the first is printed.
    void mark_lost(const char* why);

    transport::GuestTransport& transport() { return *transport_; }
    const transport::Welcome& welcome() const { return transport_->welcome(); }
    // Which structures the host takes in which chains; null: all that this guest knows.
    const wire::PeerLinks* peer_links() const { return peer_links_; }
    // To be called before the first record, if at all; what it points at outlives the context.
    void set_peer_links(const wire::PeerLinks& links) {
        peer_links_ = links.knows_all() ? nullptr : &links;
    }
    // The last place in the context's order that was taken.
    std::uint32_t last_order() const { return clock_.order.load(std::memory_order_acquire); }

  private:
    friend class Channel;
    friend class Call;

    Channel& find_channel();
    Channel& try_earn_channel(Channel& shared);
    void forked();
    // Finds out which loss it was.
    bool wait(DoneRef done, std::optional<std::chrono::nanoseconds> timeout, Waiter::For what);
    void note_loss();

    const std::uint64_t serial_;
    std::unique_ptr<transport::GuestTransport> transport_;
    const wire::PeerLinks* peer_links_ = nullptr;
    ring::ControlPage& control_;
    ring::StatusSlot* const status_;
    OrderClock clock_;
    std::atomic<bool> lost_{false};
    std::atomic<bool> loss_told_{false};
    std::atomic<std::uint32_t> polls_{0};
    // A fork's child finds the context lost, and without a word about it.
    const transport::ForkGuard fork_guard_;
    Waiter waiter_;
    IdPool ids_;
    // Shared with the threads that hold one of its channels: a thread may end after the context.
    std::shared_ptr<ChannelPool> channels_;
    std::mutex slots_mutex_;
    std::uint32_t next_slot_ = 0;
    std::vector<std::uint32_t> free_slots_;
};

}  // namespace vgpu::icd
