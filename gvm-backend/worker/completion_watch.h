// Lets channels' threads look, while they have nothing else to do, whether submissions are
// complete.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <vector>

namespace vgpu::worker {

class CompletionQueue;

// A submission's end is told either by the queue's completion thread, or, sooner and without a
// thread being woken for it, by the channel's thread that submitted it: as long as that has not
// blocked, and not for longer than a completion thread would take to wake. Then it hands over.
// Owned by the context and outlives the queues. Any thread.
class CompletionWatch {
  public:
    // Not `enabled`: completion threads do it all.
    explicit CompletionWatch(bool enabled) : enabled_(enabled) {}
    CompletionWatch(const CompletionWatch&) = delete;
    CompletionWatch& operator=(const CompletionWatch&) = delete;

    // Whether anything is watched.
    bool any() const { return watched_.load(std::memory_order_relaxed) != 0; }
    // For channels' threads, between two records and while they wait for the next one: tells what
    // is complete of what is watched.
    void look() {
        if (any()) look_at_all();
    }
    // Before the calling thread blocks, or does what takes long: what is watched is handed over.
    void hand_over() {
        if (any()) hand_over_all();
    }

    // For queues, which are added for as long as they live.
    bool enabled() const { return enabled_; }
    void add(CompletionQueue& queue);
    void remove(CompletionQueue& queue);
    // How many queues have submissions that nobody but this watches.
    void count(int more) { watched_.fetch_add(more, std::memory_order_relaxed); }

  private:
    void look_at_all();
    void hand_over_all();

    const bool enabled_;
    std::atomic<int> watched_{0};
    std::mutex mutex_;
    std::vector<CompletionQueue*> queues_;  // guarded by mutex_
};

}  // namespace vgpu::worker
