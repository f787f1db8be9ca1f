// Threads that work together: their start and end, the shared queue, and what they hand on.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>

#include "common/gpu.h"
#include "common/handles.h"

namespace vgpu::programs {

// Calls work(0) ... work(count - 1), each on a thread of its own, and waits for all of them.
// The first exception that one of them throws is thrown again here.
void run_team(std::uint32_t count, const std::function<void(std::uint32_t index)>& work);

// The device's queue, which Vulkan lets only one thread use at a time.
class SharedQueue {
  public:
    explicit SharedQueue(const Gpu& gpu) : gpu_(gpu) {}
    void submit(VkCommandBuffer commands, VkFence fence);
    // Submits and waits outside the lock, so that other threads go on.
    void run(VkCommandBuffer commands);

  private:
    const Gpu& gpu_;
    std::mutex mutex_;
};

// Hands values from any thread to any other. take() blocks, and returns nothing once the belt is
// closed and empty; who has an error closes it, so that nobody waits for a thread that is gone.
template <typename T>
class Belt {
  public:
    void put(T value) {
        {
            std::lock_guard lock(mutex_);
            values_.push_back(std::move(value));
        }
        changed_.notify_one();
    }
    std::optional<T> take() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return closed_ || !values_.empty(); });
        if (values_.empty()) return std::nullopt;
        T value = std::move(values_.front());
        values_.pop_front();
        return value;
    }
    void close() {
        {
            std::lock_guard lock(mutex_);
            closed_ = true;
        }
        changed_.notify_all();
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<T> values_;
    bool closed_ = false;
};

// Closes a belt when the thread that fills it leaves, however it leaves.
template <typename T>
class BeltCloser {
  public:
    explicit BeltCloser(Belt<T>& belt) : belt_(belt) {}
    ~BeltCloser() { belt_.close(); }
    BeltCloser(const BeltCloser&) = delete;
    BeltCloser& operator=(const BeltCloser&) = delete;

  private:
    Belt<T>& belt_;
};

Fence make_fence(const Gpu& gpu);
void wait_for(const Gpu& gpu, VkFence fence);

}  // namespace vgpu::programs
