// Sleeps an application's threads until the host has done what they wait for, or is gone.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>

#include "base/spin.h"
#include "ring/layout.h"
#include "transport/guest_transport.h"

namespace vgpu::icd {

// A condition borrowed from the caller for the time of one wait: never allocates.
class DoneRef {
  public:
    template <typename Done>
    DoneRef(const Done& done)  // NOLINT: lambdas convert where they are passed
        : object_(&done),
          call_([](const void* object) -> bool { return (*static_cast<const Done*>(object))(); }) {}
    bool operator()() const { return call_(object_); }

  private:
    const void* object_;
    bool (*call_)(const void*);
};

// Owned by the Context; any thread may wait. One waiting thread, the leader, sleeps in the
// transport; the others sleep until the leader woke. Nothing is trusted but the kernel's word that
// the peer is gone.
class Waiter {
  public:
    using Deadline = std::optional<std::chrono::steady_clock::time_point>;
    enum class Result { Done, TimedOut, Lost };
    // What a wait is for: what the host does at once when it comes to it (a reply, room in a ring),
    // or work of the GPU's, which mostly takes longer than looking pays.
    enum class For { Host, Work };

    // `lost` is the context's; it is set here when the news arrive.
    Waiter(transport::GuestTransport& transport, ring::ControlPage& control,
           std::atomic<bool>& lost)
        : transport_(transport), control_(control), lost_(lost) {}

    // Looks as long as it is worth it (base/spin.h), then sleeps. `done` reads what the host
    // writes; it is called on this thread only. Without a deadline it ends when done or lost.
    Result wait(DoneRef done, const Deadline& deadline, For what);
    // The host slept, and was woken for what is waited for next: that takes longer. Any thread.
    void host_slept() { host_slept_.store(true, std::memory_order_relaxed); }
    // Wakes every sleeper to look at what it waits for, and at the loss, again. Any thread.
    void wake_all();
    // Looks at the control page.
    bool lost();

  private:
    SpinBudget& budget(For what);
    Result sleep_until(DoneRef done, const Deadline& deadline);
    void lead(std::unique_lock<std::mutex>& lock, const Deadline& deadline);
    void follow(std::unique_lock<std::mutex>& lock, std::uint64_t seen, const Deadline& deadline);

    transport::GuestTransport& transport_;
    ring::ControlPage& control_;
    std::atomic<bool>& lost_;
    SpinBudget host_budget_;
    SpinBudget work_budget_{SpinBudget::InVain::Few};
    SpinBudget after_sleep_budget_{SpinBudget::InVain::Few};
    std::atomic<bool> host_slept_{false};
    std::mutex mutex_;
    std::condition_variable woken_;
    // Guarded by mutex_.
    bool has_leader_ = false;
    std::uint64_t wakes_ = 0;
};

}  // namespace vgpu::icd
