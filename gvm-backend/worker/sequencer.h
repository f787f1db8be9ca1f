// Keeps the order of one context's commands over all its channels.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <list>
#include <mutex>

#include "base/spin.h"
#include "ring/layout.h"
#include "worker/asymmetric_fence.h"

namespace vgpu::worker {

// Owned by the context, used by all its channel threads. The numbers come from the guest: one that
// is used twice is found out, one that never comes makes the guest's own channels wait until
// stop(). Orders count from 1 and run freely over 2^32; positions are bytes of a channel's stream.
// With one channel every member is a few loads and stores; with several a waiter spins briefly and
// then blocks.
class Sequencer {
  public:
    enum class Turn {
        Go,       // it is the caller's turn
        Used,     // another command had this place: the guest lies
        Stopped,  // stop() was called
    };

    // `executed`: the places up to this one count as left.
    explicit Sequencer(std::uint32_t executed = 0) : executed_(executed), taken_(executed) {}

    // Whether an honest guest can have come so far: between the last command that ran and the
    // newest place lie at most the records that all command rings hold.
    bool possible(std::uint32_t order) const {
        return static_cast<std::int32_t>(order - executed()) <= kMostAhead;
    }
    // Whether a command need not wait now; an ordered one has a place of its own.
    bool is_due(std::uint32_t order, bool ordered) const {
        return static_cast<std::int32_t>(order - executed()) <= (ordered ? 1 : 0);
    }
    static constexpr std::int32_t kMostAhead =
        ring::kMaxChannels * (ring::kCommandRingBytes / sizeof(ring::RecordHeader) + 1);

    // Waits until every smaller place has been left, and takes place `order`: on Go no other
    // ordered command runs until leave().
    Turn enter(std::uint32_t order);
    void leave(std::uint32_t order);
    // As leave(), unless the command did so itself before its end.
    void leave_if_not_left(std::uint32_t order);

    // Waits until place `order` has been left. False when stopped.
    bool wait_order(std::uint32_t order);

    // `channel` has executed its stream up to `position`. Called by the channel's own thread.
    void set_position(std::uint32_t channel, std::uint64_t position);
    // Waits until set_position() of `channel` has reached `position`. False when stopped.
    bool wait_position(std::uint32_t channel, std::uint64_t position);

    // Ends the present and all later waits.
    void stop();
    bool stopped() const { return stopped_.load(std::memory_order_relaxed); }
    std::uint32_t executed() const { return executed_.load(std::memory_order_acquire); }

  private:
    struct Waiter {
        // What it waits for: a channel's position, or the order when channel is kMaxChannels.
        std::uint32_t channel;
        std::uint64_t target;
        std::condition_variable wake;
    };
    bool reached(const Waiter& waiter) const;
    bool wait(std::uint32_t channel, std::uint64_t target);
    bool block(std::uint32_t channel, std::uint64_t target);
    void wake_reached();

    struct alignas(ring::kLineBytes) Position {
        std::atomic<std::uint64_t> bytes{0};
    };

    alignas(ring::kLineBytes) std::atomic<std::uint32_t> executed_;
    // The last place taken: executed_, or one more while an ordered command runs.
    std::atomic<std::uint32_t> taken_;
    alignas(ring::kLineBytes) std::atomic<std::uint32_t> waiters_{0};
    std::atomic<bool> stopped_{false};
    AsymmetricFence fence_;
    SpinBudget budget_;
    std::array<Position, ring::kMaxChannels> positions_;
    std::mutex mutex_;
    std::list<Waiter*> waiting_;  // guarded by mutex_
};

}  // namespace vgpu::worker
