// Spins, yields, then sleeps behind one leader.
#include "icd/waiter.h"

namespace vgpu::icd {

namespace {

// Says to the host, as long as it lives, that a thread needs its doorbell.
class Announced {
  public:
    explicit Announced(std::atomic<std::uint32_t>& sleepers) : sleepers_(sleepers) {
        sleepers_.fetch_add(1, std::memory_order_seq_cst);
        // Announce first, then look again: the host changes first, then looks at this.
        std::atomic_thread_fence(std::memory_order_seq_cst);
    }
    ~Announced() { sleepers_.fetch_sub(1, std::memory_order_relaxed); }

  private:
    std::atomic<std::uint32_t>& sleepers_;
};

bool over(const Waiter::Deadline& deadline) {
    return deadline && std::chrono::steady_clock::now() >= *deadline;
}

}  // namespace

bool Waiter::lost() {
    if (lost_.load(std::memory_order_acquire)) return true;
    if (control_.lost.load(std::memory_order_acquire) == 0) return false;
    lost_.store(true, std::memory_order_release);
    return true;
}

SpinBudget& Waiter::budget(For what) {
    if (host_slept_.exchange(false, std::memory_order_relaxed)) return after_sleep_budget_;
    return what == For::Host ? host_budget_ : work_budget_;
}

Waiter::Result Waiter::wait(DoneRef done, const Deadline& deadline, For what) {
    if (done()) return Result::Done;
    if (lost()) return Result::Lost;
    if (budget(what).spin(done)) return Result::Done;
    return sleep_until(done, deadline);
}

Waiter::Result Waiter::sleep_until(DoneRef done, const Deadline& deadline) {
    const Announced announced(control_.guest_waits);
    std::unique_lock lock(mutex_);
    for (;;) {
        // Taken before the look: whoever wakes after the look counts on.
        const std::uint64_t seen = wakes_;
        lock.unlock();
        if (done()) return Result::Done;
        if (lost()) return Result::Lost;
        if (over(deadline)) return Result::TimedOut;
        lock.lock();
        if (wakes_ != seen) continue;
        if (has_leader_) {
            follow(lock, seen, deadline);
        } else {
            lead(lock, deadline);
        }
    }
}

// Takes the doorbell for everybody. Whoever leads next is elected by waking all.
void Waiter::lead(std::unique_lock<std::mutex>& lock, const Deadline& deadline) {
    has_leader_ = true;
    lock.unlock();
    std::optional<std::chrono::nanoseconds> timeout;
    if (deadline) timeout = *deadline - std::chrono::steady_clock::now();
    if (transport_.wait(timeout) == transport::GuestTransport::Wake::PeerGone)
        lost_.store(true, std::memory_order_release);
    lock.lock();
    has_leader_ = false;
    ++wakes_;
    woken_.notify_all();
}

void Waiter::follow(std::unique_lock<std::mutex>& lock, std::uint64_t seen,
                    const Deadline& deadline) {
    const auto woken = [&] { return wakes_ != seen || !has_leader_; };
    if (deadline) {
        woken_.wait_until(lock, *deadline, woken);
    } else {
        woken_.wait(lock, woken);
    }
}

void Waiter::wake_all() {
    const std::lock_guard lock(mutex_);
    ++wakes_;
    woken_.notify_all();
    // Also when nobody leads yet: a leader may be on its way.
    transport_.interrupt();
}

}  // namespace vgpu::icd
