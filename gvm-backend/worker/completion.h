// Tells the guest, by its status slots, how far each queue of the host's driver has come.
#pragma once

#include <vulkan/vulkan.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "base/few.h"
#include "base/recycled_list.h"
#include "base/spin.h"
#include "worker/replay_port.h"

namespace vgpu::worker {

class MemoryImporter;

// Most submissions tell of a queue's serial and of a timeline or two.
using StatusWrites = Few<StatusWrite, 4>;

// Timelines that a submission signals, and the values that it gives them.
struct TimelineSignals {
    PFN_vkWaitSemaphores wait = nullptr;  // the device's; null: there are none
    Few<VkSemaphore, 4> timelines;
    Few<std::uint64_t, 4> values;
};

// One per VkQueue, owned by the replay's queue object; has a thread of its own that sleeps while
// nothing is submitted or the channels' threads watch what is (completion_watch.h). Use for each
// submission: take_fence(), vkQueueSubmit with that fence, and then submitted() when the submit
// succeeded or give_back() when not. Those three are called by one thread at a time, in the order
// of the submissions (they are ordered commands).
class CompletionQueue {
  public:
    // `importer`, which may be null, has its mirrors brought up to date before the guest is told.
    CompletionQueue(VkDevice device, WorkerServices& services, MemoryImporter* importer);
    // Waits until everything submitted is complete (or the device is lost), then destroys the
    // fences: to be called before vkDestroyDevice.
    ~CompletionQueue();
    CompletionQueue(const CompletionQueue&) = delete;
    CompletionQueue& operator=(const CompletionQueue&) = delete;

    // An unsignalled fence of this queue's own.
    VkResult take_fence(VkFence& fence);
    void give_back(VkFence fence);
    // When `fence` has signalled, and all earlier ones have: waits until the timelines have their
    // values, writes the slots, wakes the guest. The slots have been checked. On
    // VK_ERROR_DEVICE_LOST the context is lost instead.
    //
    // The fence alone does not say that the timelines have their values: lavapipe enters those
    // after it has signalled the batch's fence, and a guest that is told earlier may signal a
    // larger value first.
    void submitted(VkFence fence, StatusWrites writes, TimelineSignals signals = {});
    // How many submissions submitted() has been told of; for its callers.
    std::uint64_t submitted_count() const { return submitted_count_; }
    // How many of them are complete; the guest has then been told, or soon will be. Any thread.
    std::uint64_t completed_count() const {
        return completed_count_.load(std::memory_order_acquire);
    }
    // Waits until all that was submitted before is complete and its slots are written.
    void drain();

    // For the CompletionWatch: tells of what is complete of what it watches, and lets the thread
    // have the rest.
    void look();
    void hand_over();

  private:
    struct Submission {
        VkFence fence;
        StatusWrites writes;
        TimelineSignals signals;
    };
    using Clock = std::chrono::steady_clock;
    void run();
    bool may_be_watched() const;
    void wait_for_work(std::unique_lock<std::mutex>& lock);
    VkResult wait_for(const Submission& submission) const;
    VkResult wait_for_timelines(const TimelineSignals& signals) const;
    bool tell(const Submission& submission, VkResult result);
    void pop(bool complete);
    void end_watch();
    std::uint64_t patience_ns() const;

    mutable SpinBudget budget_{SpinBudget::InVain::Few};

    VkDevice device_;
    WorkerServices& services_;
    MemoryImporter* importer_;
    std::mutex mutex_;
    std::condition_variable work_;
    std::condition_variable drained_;
    RecycledList<Submission> pending_;  // guarded by mutex_, as all below but the counts
    std::vector<VkFence> free_fences_;
    std::uint64_t submitted_count_ = 0;
    std::atomic<std::uint64_t> completed_count_{0};
    bool asleep_ = false;   // the thread, until there is work that is not watched
    bool watched_ = false;  // by the channels' threads
    Clock::time_point watched_since_;
    bool stopping_ = false;
    bool device_lost_ = false;
    std::thread thread_;
};

}  // namespace vgpu::worker
