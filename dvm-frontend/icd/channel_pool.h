// Gives command channels to threads, and takes them back when a thread ends.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "icd/channel.h"

namespace vgpu::icd {

// The channel that the calling thread used last, and in which context: what Context::channel()
// compares. Trivial and initial-exec, so that reading it is one load.
struct ThreadChannel {
    std::uint64_t serial;  // of the context; 0 for none
    Channel* channel;
    std::uint32_t shared_records;  // that this thread wrote to the shared channel
};
extern constinit thread_local ThreadChannel thread_channel [[gnu::tls_model("initial-exec")]];

// Owned by the context, and by each thread that uses one of its channels (a shared_ptr, because
// threads end before or after the context). Members are for any thread but where it says.
class ChannelPool {
  public:
    // Records that a thread writes to the shared channel before it gets its own.
    static constexpr std::uint32_t kEarnRecords = 16;

    ChannelPool(Context& context, OrderClock& clock, std::uint32_t channels_max);
    ~ChannelPool();

    // Opens channel 0. False when it cannot be; it exists nevertheless. To be called once.
    bool open_shared();
    Channel& shared() { return *open_[0].load(std::memory_order_relaxed); }
    // The channels opened so far; they stay until the pool ends.
    std::uint32_t count() const { return count_.load(std::memory_order_acquire); }
    Channel& at(std::uint32_t index) { return *open_[index].load(std::memory_order_relaxed); }

    // Gives the calling thread a free or new channel, or null when none is left.
    Channel* take();
    // Whether the calling thread should have a channel of its own by now.
    // The first thread gets it at once: most applications have no other.
    bool earned(std::uint32_t shared_records) const {
        return shared_records >= kEarnRecords ||
               (count() == 1 && !exhausted_.load(std::memory_order_relaxed));
    }
    // Called when the thread that took it ends.
    void give(Channel& channel);
    // The context ends: destroys the channels; those that come back later are not touched.
    void close();

  private:
    Channel* open_next();

    Context& context_;
    OrderClock& clock_;
    const std::uint32_t channels_max_;
    std::array<std::atomic<Channel*>, ring::kMaxChannels> open_{};
    std::atomic<std::uint32_t> count_{0};
    std::mutex mutex_;
    std::vector<std::unique_ptr<Channel>> channels_;
    std::vector<Channel*> free_;
    // No further channel can be opened; free ones may come back.
    std::atomic<bool> exhausted_{false};
    bool closed_ = false;
};

}  // namespace vgpu::icd
