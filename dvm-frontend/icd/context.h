// One Vulkan instance's way to its worker: channels, shared memory, waiting, and the news of death.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "icd/channel.h"
#include "icd/id_pool.h"
#include "icd/waiter.h"
#include "ring/layout.h"
#include "transport/guest_transport.h"

namespace vgpu::icd {

// Owned by the Instance; used by every thread of the application. Every wait ends in bounded time
// once the worker is gone: lost() is then true, posts are dropped and calls fail.
class Context {
  public:
    explicit Context(std::unique_ptr<transport::GuestTransport> transport);
    ~Context();

    // The calling thread's channel: its own one when it has earned it (and one is left), the
    // shared one otherwise. Cheap: one thread-local compare.
    Channel& channel();
    // The channel of this thread, after telling the host to run first what `previous` has been
    // given: for an object (a command buffer) that moves from one thread to another.
    Channel& channel_after(Channel& previous);
    // Everything that other channels were given happens before what this channel posts next.
    void order_after_all_channels();

    // Makes all channels' committed commands visible, and wakes the host where it sleeps.
    void publish_all();

    wire::ObjectId new_id() { return ids_.take(); }
    // The index may be taken again for records that come later on this thread's channel.
    void recycle_id(wire::ObjectId id) { ids_.give(id); }

    // Status slots (ring/layout.h). take returns nothing when all are in use.
    std::optional<std::uint32_t> take_status_slot();
    void give_status_slot(std::uint32_t slot);
    ring::StatusSlot& status(std::uint32_t slot);

    // Publishes, spins briefly, then sleeps until done() is true, time is over, or the context is
    // lost. True when done() was seen true. nullopt waits without end (but for loss).
    bool wait_until(const std::function<bool()>& done,
                    std::optional<std::chrono::nanoseconds> timeout);

    bool lost() const { return lost_.load(std::memory_order_relaxed); }
    // As lost(), but asks the control page and now and then the kernel: for polling loops.
    bool lost_now();
    void mark_lost();

    transport::GuestTransport& transport() { return *transport_; }
    const transport::Welcome& welcome() const { return transport_->welcome(); }
    // The next place in the context's order; see ring/layout.h RecordHeader::order.
    std::uint32_t take_order() { return order_.fetch_add(1, std::memory_order_acq_rel) + 1; }
    std::uint32_t last_order() const { return order_.load(std::memory_order_acquire); }

  private:
    // (the implementation is free here)
    std::unique_ptr<transport::GuestTransport> transport_;
    alignas(64) std::atomic<std::uint32_t> order_{0};
    std::atomic<bool> lost_{false};
    IdPool ids_;
};

}  // namespace vgpu::icd
