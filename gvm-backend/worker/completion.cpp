// The thread that waits for a queue's fences.
#include "worker/completion.h"

#include <chrono>
#include <string>

#include "worker/memory_import.h"
#include "worker/spin.h"

namespace vgpu::worker {

CompletionQueue::CompletionQueue(VkDevice device, WorkerServices& services,
                                 MemoryImporter* importer)
    : device_(device), services_(services), importer_(importer), thread_([this] { run(); }) {}

CompletionQueue::~CompletionQueue() {
    {
        std::lock_guard lock(mutex_);
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

void CompletionQueue::submitted(VkFence fence, StatusWrites writes,
                                std::function<void()> before_status) {
    bool asleep = false;
    ++submitted_count_;
    services_.count_submission();
    {
        std::lock_guard lock(mutex_);
        pending_.push_back({fence, std::move(writes), std::move(before_status)});
        pending_count_.store(pending_.size(), std::memory_order_relaxed);
        asleep = asleep_;
    }
    if (asleep) work_.notify_one();
}

void CompletionQueue::drain() {
    std::unique_lock lock(mutex_);
    drained_.wait(lock, [&] { return pending_.empty() || device_lost_; });
}

void CompletionQueue::run() {
    std::unique_lock lock(mutex_);
    while (!device_lost_) {
        if (pending_.empty()) {
            if (stopping_) return;
            if (!wait_for_work(lock)) continue;
        }
        // The front stays in place until its slots are written: drain() waits for that.
        Submission& submission = pending_.front();
        lock.unlock();
        const auto began = std::chrono::steady_clock::now();
        const bool complete = finish(submission);
        services_.count_busy(std::chrono::steady_clock::now() - began);
        lock.lock();
        device_lost_ = !complete;
        if (complete) {
            free_fences_.push_back(submission.fence);
            pending_.pop_front();
            pending_count_.store(pending_.size(), std::memory_order_relaxed);
        }
        if (pending_.empty() || device_lost_) drained_.notify_all();
    }
}

// False when there is still none, as after a look that found the queue about to end.
bool CompletionQueue::wait_for_work(std::unique_lock<std::mutex>& lock) {
    lock.unlock();
    const bool came =
        spin_until([&] { return pending_count_.load(std::memory_order_relaxed) != 0; });
    lock.lock();
    if (!came) {
        asleep_ = true;
        work_.wait(lock, [&] { return !pending_.empty() || stopping_; });
        asleep_ = false;
    }
    return !pending_.empty();
}

std::uint64_t CompletionQueue::patience_ns() const {
    const std::uint64_t seconds = services_.options().hang_seconds;
    return seconds == 0 ? UINT64_MAX : seconds * 1'000'000'000;
}

// Waits for the submission and tells the guest. False when the device is lost.
bool CompletionQueue::finish(Submission& submission) {
    VkResult result = VK_NOT_READY;
    spin_until([&] {
        result = vkGetFenceStatus(device_, submission.fence);
        return result != VK_NOT_READY;
    });
    if (result == VK_NOT_READY) {
        result = vkWaitForFences(device_, 1, &submission.fence, VK_TRUE, patience_ns());
    }
    if (result == VK_TIMEOUT) {
        services_.lose(ring::LostReason::DriverLost,
                       "A submission has not ended after " +
                           std::to_string(services_.options().hang_seconds) +
                           " s, so it is taken to be endless (--hang-seconds).");
        return false;
    }
    if (result == VK_SUCCESS) {
        if (importer_ != nullptr) importer_->driver_to_guest();
        if (submission.before_status) submission.before_status();
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
