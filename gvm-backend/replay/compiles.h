// Pipelines that are being compiled while the guest's other commands go on.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "object_types.h"
#include "worker/replay_port.h"

namespace vgpu::replay {

// Owned by the context's state. Begun by ordered commands, ended by any thread. Compilations run on
// threads of their own, as many as the machine has cores, so that a guest's next call need not wait
// for them; on their channel's when too many wait already.
class Compiles {
  public:
    explicit Compiles(worker::WorkerServices& services) : services_(services) {}
    // Waits for all.
    ~Compiles();
    Compiles(const Compiles&) = delete;
    Compiles& operator=(const Compiles&) = delete;

    // Whether a compilation may look at objects of that type, so that their end waits for it.
    static bool may_use(std::uint16_t type) {
        switch (static_cast<wire::ObjectType>(type)) {
            case wire::ObjectType::PipelineLayout:
            case wire::ObjectType::DescriptorSetLayout:
            case wire::ObjectType::RenderPass:
            case wire::ObjectType::PipelineCache:
            case wire::ObjectType::Pipeline:
            case wire::ObjectType::Sampler:
            case wire::ObjectType::SamplerYcbcrConversion:
#ifdef VK_EXT_shader_object
            case wire::ObjectType::ShaderEXT:
#endif
                return true;
            default:
                return false;
        }
    }

    void begin() {
        running_.fetch_add(1, std::memory_order_relaxed);
    }
    void end() {
        running_.fetch_sub(1, std::memory_order_acq_rel);
        running_.notify_all();
    }
    bool any() const {
        return running_.load(std::memory_order_acquire) != 0;
    }
    void wait_for_none() const {
        while (const std::uint32_t n = running_.load(std::memory_order_acquire)) running_.wait(n);
    }

    // Runs the job, which must not throw, on another thread; or here, when none is free.
    void run(std::function<void()> job);

    // While it lives, the context ends if it takes longer than the administrator allows.
    class Watched {
      public:
        Watched(Compiles& compiles, std::string what);
        ~Watched();
        Watched(const Watched&) = delete;
        Watched& operator=(const Watched&) = delete;

      private:
        struct Entry {
            std::chrono::steady_clock::time_point deadline;
            std::string what;
        };
        friend class Compiles;
        Compiles& compiles_;
        std::list<Entry>::iterator entry_;
    };
    Watched watch(std::string what) {
        return Watched(*this, std::move(what));
    }

  private:
    void work();
    void guard();

    static constexpr std::size_t kMaxWaiting = 16;

    worker::WorkerServices& services_;
    std::atomic<std::uint32_t> running_{0};
    std::mutex mutex_;
    std::condition_variable changed_;
    bool stopping_ = false;                   // mutex_
    std::deque<std::function<void()>> jobs_;  // mutex_
    std::size_t idle_ = 0;                    // mutex_; threads that wait for a job
    std::vector<std::thread> threads_;        // mutex_
    // The longest running in front: all have the same time.
    std::mutex watch_mutex_;
    std::condition_variable watch_changed_;
    bool watch_stopping_ = false;        // watch_mutex_
    bool guard_sleeps_ = false;          // watch_mutex_; without a deadline
    std::list<Watched::Entry> watched_;  // watch_mutex_
    std::thread guard_;                  // watch_mutex_
};

}  // namespace vgpu::replay
