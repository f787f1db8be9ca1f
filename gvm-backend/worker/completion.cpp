// The thread that waits for a queue's fences.
#include "worker/completion.h"

#include <chrono>
#include <string>

#include "worker/completion_watch.h"
#include "worker/memory_import.h"

namespace vgpu::worker {

namespace {

// A submission that takes longer is worth waking a thread for.
constexpr std::chrono::microseconds kWatchPatience{500};

}  // namespace

CompletionQueue::CompletionQueue(VkDevice device, WorkerServices& services,
                                 MemoryImporter* importer)
    : device_(device),
      services_(services),
      importer_(importer),
      asleep_(true),  // until it is told otherwise, also before it has begun to run
      thread_([this] { run(); }) {
    services_.completion_watch().add(*this);
}

CompletionQueue::~CompletionQueue() {
    services_.completion_watch().remove(*this);
    {
        std::lock_guard lock(mutex_);
        end_watch();
        stopping_ = true;
    }
    work_.notify_one();
    thread_.join();
    for (Submission& submission : pending_) free_fences_.push_back(submission.fence);
    for (VkFence fence : free_fences_) vkDestroyFence(device_, fence, nullptr);
}

VkResult CompletionQueue::take_fence(VkFence& fence) {
    {
        std::lock_guard lock(mutex_);
        if (!free_fences_.empty()) {
            fence = free_fences_.back();
            free_fences_.pop_back();
            return VK_SUCCESS;
        }
    }
    VkFenceCreateInfo info{};
    info.sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO;
    return vkCreateFence(device_, &info, nullptr, &fence);
}

void CompletionQueue::give_back(VkFence fence) {
    std::lock_guard lock(mutex_);
    free_fences_.push_back(fence);
}

void CompletionQueue::submitted(VkFence fence, StatusWrites writes, TimelineSignals signals) {
    bool wake = false;
    ++submitted_count_;
    services_.count_submission();
    {
        std::lock_guard lock(mutex_);
        pending_.push_back({fence, std::move(writes), std::move(signals)});
        // A thread that is awake, or being woken for an earlier one, finds it by itself.
        if (asleep_ && pending_.size() == 1) {
            watched_ = may_be_watched();
            wake = !watched_;
            if (watched_) {
                watched_since_ = Clock::now();
                services_.completion_watch().count(1);
            }
        }
    }
    if (wake) work_.notify_one();
}

// What is mirrored may take long to bring up to date: not for a thread that others wait for.
bool CompletionQueue::may_be_watched() const {
    return services_.completion_watch().enabled() &&
           (importer_ == nullptr || !importer_->mirrors());
}

void CompletionQueue::look() {
    std::unique_lock lock(mutex_, std::try_to_lock);
    if (!lock || !watched_) return;
    while (!pending_.empty()) {
        const VkResult result = vkGetFenceStatus(device_, pending_.front().fence);
        if (result == VK_NOT_READY) {
            if (Clock::now() - watched_since_ < kWatchPatience) return;
            break;
        }
        const bool complete = tell(pending_.front(), result);
        pop(complete);
        if (!complete) break;
        watched_since_ = Clock::now();
    }
    end_watch();
    if (!pending_.empty()) work_.notify_one();
}

void CompletionQueue::hand_over() {
    std::lock_guard lock(mutex_);
    if (!watched_) return;
    end_watch();
    work_.notify_one();
}

void CompletionQueue::end_watch() {
    if (!watched_) return;
    watched_ = false;
    services_.completion_watch().count(-1);
}

void CompletionQueue::drain() {
    std::unique_lock lock(mutex_);
    end_watch();
    work_.notify_one();
    drained_.wait(lock, [&] { return pending_.empty() || device_lost_; });
}

void CompletionQueue::run() {
    std::unique_lock lock(mutex_);
    while (!device_lost_) {
        wait_for_work(lock);
        if (device_lost_ || (pending_.empty() && stopping_)) return;
        // The front stays in place until its slots are written: drain() waits for that.
        Submission& submission = pending_.front();
        lock.unlock();
        const auto began = Clock::now();
        const bool complete = tell(submission, wait_for(submission));
        services_.count_busy(Clock::now() - began);
        lock.lock();
        pop(complete);
    }
}

void CompletionQueue::wait_for_work(std::unique_lock<std::mutex>& lock) {
    asleep_ = true;
    work_.wait(lock, [&] { return (!pending_.empty() && !watched_) || stopping_ || device_lost_; });
    asleep_ = false;
}

void CompletionQueue::pop(bool complete) {
    device_lost_ = !complete;
    if (complete) {
        free_fences_.push_back(pending_.front().fence);
        pending_.pop_front();
    }
    if (pending_.empty() || device_lost_) drained_.notify_all();
}

std::uint64_t CompletionQueue::patience_ns() const {
    const std::uint64_t seconds = services_.options().hang_seconds;
    return seconds == 0 ? UINT64_MAX : seconds * 1'000'000'000;
}

VkResult CompletionQueue::wait_for(const Submission& submission) const {
    VkResult result = VK_NOT_READY;
    const bool soon = budget_.spin([&] {
        result = vkGetFenceStatus(device_, submission.fence);
        return result != VK_NOT_READY;
    });
    if (soon) return result;
    return vkWaitForFences(device_, 1, &submission.fence, VK_TRUE, patience_ns());
}

VkResult CompletionQueue::wait_for_timelines(const TimelineSignals& signals) const {
    if (signals.wait == nullptr) return VK_SUCCESS;
    const VkSemaphoreWaitInfo info{VK_STRUCTURE_TYPE_SEMAPHORE_WAIT_INFO,
                                   nullptr,
                                   0,
                                   static_cast<std::uint32_t>(signals.timelines.size()),
                                   signals.timelines.data(),
                                   signals.values.data()};
    return signals.wait(device_, &info, UINT64_MAX);
}

// Tells the guest what became of the submission. False when the device is lost.
bool CompletionQueue::tell(const Submission& submission, VkResult result) {
    if (result == VK_TIMEOUT) {
        services_.lose(ring::LostReason::DriverLost,
                       "A submission has not ended after " +
                           std::to_string(services_.options().hang_seconds) +
                           " s, so it is taken to be endless (--hang-seconds).");
        return false;
    }
    if (result == VK_SUCCESS) {
        if (importer_ != nullptr) importer_->driver_to_guest();
        result = wait_for_timelines(submission.signals);
    }
    if (result == VK_SUCCESS) {
        // Before the guest knows: what it then destroys can go at once.
        completed_count_.fetch_add(1, std::memory_order_release);
        services_.write_status(submission.writes);
        result = vkResetFences(device_, 1, &submission.fence);
    }
    if (result == VK_SUCCESS) return true;
    services_.lose(ring::LostReason::DriverLost,
                   "The host's driver answers " + std::to_string(result) +
                       " to a wait for a submission; its device is lost.");
    return false;
}

}  // namespace vgpu::worker
