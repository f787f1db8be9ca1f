// The threads that compile, and the one that looks after them.
#include "replay/compiles.h"

#include <algorithm>

namespace vgpu::replay {

namespace {

std::size_t most_threads() {
    return std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, 8);
}

}  // namespace

Compiles::~Compiles() {
    wait_for_none();
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) thread.join();
    {
        std::lock_guard lock(watch_mutex_);
        watch_stopping_ = true;
    }
    watch_changed_.notify_all();
    if (guard_.joinable()) guard_.join();
}

void Compiles::run(std::function<void()> job) {
    {
        std::unique_lock lock(mutex_);
        const bool more = idle_ <= jobs_.size() && threads_.size() < most_threads();
        if (more) {
            try {
                threads_.emplace_back([this] { work(); });
                ++idle_;
            } catch (const std::system_error&) {
                // No thread is to be had; somebody else's has the time, or this one.
            }
        }
        if (!threads_.empty() && jobs_.size() < kMaxWaiting) {
            jobs_.push_back(std::move(job));
            lock.unlock();
            changed_.notify_one();
            return;
        }
    }
    job();
}

void Compiles::work() {
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
        if (jobs_.empty()) return;
        const std::function<void()> job = std::move(jobs_.front());
        jobs_.pop_front();
        --idle_;
        lock.unlock();
        job();
        lock.lock();
        ++idle_;
    }
}

// Ends the context, whose process ends without waiting for its threads.
void Compiles::guard() {
    std::unique_lock lock(watch_mutex_);
    while (!watch_stopping_) {
        guard_sleeps_ = watched_.empty();
        if (guard_sleeps_) {
            watch_changed_.wait(lock);
            continue;
        }
        const auto deadline = watched_.front().deadline;
        if (std::chrono::steady_clock::now() < deadline) {
            watch_changed_.wait_until(lock, deadline);
            continue;
        }
        services_.lose(ring::LostReason::LimitExceeded,
                       "The host takes longer than " +
                           std::to_string(services_.options().compile_seconds) + " s for " +
                           watched_.front().what + "; --compile-seconds is how long it may.");
        return;
    }
}

Compiles::Watched::Watched(Compiles& compiles, std::string what) : compiles_(compiles) {
    const std::chrono::seconds most(compiles.services_.options().compile_seconds);
    const auto deadline = most.count() != 0 ? std::chrono::steady_clock::now() + most
                                            : std::chrono::steady_clock::time_point::max();
    std::lock_guard lock(compiles.watch_mutex_);
    entry_ = compiles.watched_.insert(compiles.watched_.end(), {deadline, std::move(what)});
    if (most.count() == 0) return;
    if (!compiles.guard_.joinable())
        compiles.guard_ = std::thread([owner = &compiles] { owner->guard(); });
    else if (compiles.guard_sleeps_)
        compiles.watch_changed_.notify_all();
}

Compiles::Watched::~Watched() {
    std::lock_guard lock(compiles_.watch_mutex_);
    compiles_.watched_.erase(entry_);
}

}  // namespace vgpu::replay
