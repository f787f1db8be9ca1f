// Turns, and the waiting for them.
#include "worker/sequencer.h"

#include "base/check.h"
#include "base/spin.h"

namespace vgpu::worker {

namespace {

constexpr std::uint32_t kOrder = ring::kMaxChannels;

// Places run over 2^32, so "at least" is a signed difference.
bool at_least(std::uint32_t value, std::uint32_t wanted) {
    return static_cast<std::int32_t>(value - wanted) >= 0;
}

}  // namespace

Sequencer::Turn Sequencer::enter(std::uint32_t order) {
    const std::uint32_t before = order - 1;
    if (executed_.load(std::memory_order_acquire) != before) [[unlikely]] {
        if (at_least(executed(), order)) return Turn::Used;
        if (!wait(kOrder, before)) return Turn::Stopped;
    }
    // Two channels of a lying guest can both have come here with one number: only one gets through.
    std::uint32_t expected = before;
    if (!taken_.compare_exchange_strong(expected, order, std::memory_order_acq_rel)) {
        return Turn::Used;
    }
    return stopped() ? Turn::Stopped : Turn::Go;
}

void Sequencer::leave(std::uint32_t order) {
    executed_.store(order, std::memory_order_release);
    fence_.light();
    if (waiters_.load(std::memory_order_relaxed) != 0) [[unlikely]]
        wake_reached();
}

void Sequencer::leave_if_not_left(std::uint32_t order) {
    if (!at_least(executed_.load(std::memory_order_relaxed), order)) leave(order);
}

bool Sequencer::wait_order(std::uint32_t order) {
    if (at_least(executed_.load(std::memory_order_acquire), order)) [[likely]]
        return !stopped();
    return wait(kOrder, order);
}

void Sequencer::set_position(std::uint32_t channel, std::uint64_t position) {
    positions_[channel].bytes.store(position, std::memory_order_release);
    fence_.light();
    if (waiters_.load(std::memory_order_relaxed) != 0) [[unlikely]]
        wake_reached();
}

bool Sequencer::wait_position(std::uint32_t channel, std::uint64_t position) {
    VGPU_CHECK(channel < ring::kMaxChannels);
    return wait(channel, position);
}

void Sequencer::stop() {
    std::lock_guard lock(mutex_);
    stopped_.store(true, std::memory_order_relaxed);
    for (Waiter* waiter : waiting_) waiter->wake.notify_one();
}

bool Sequencer::reached(const Waiter& waiter) const {
    if (waiter.channel == kOrder) {
        return at_least(executed(), static_cast<std::uint32_t>(waiter.target));
    }
    return positions_[waiter.channel].bytes.load(std::memory_order_acquire) >= waiter.target;
}

bool Sequencer::wait(std::uint32_t channel, std::uint64_t target) {
    const Waiter look{channel, target, {}};
    if (!budget_.spin([&] { return reached(look) || stopped(); })) return block(channel, target);
    return !stopped();
}

bool Sequencer::block(std::uint32_t channel, std::uint64_t target) {
    Waiter self{channel, target, {}};
    std::unique_lock lock(mutex_);
    const auto place = waiting_.insert(waiting_.end(), &self);
    waiters_.fetch_add(1, std::memory_order_relaxed);
    // After this every thread that moves something sees a waiter, or has moved it before we look.
    fence_.heavy();
    self.wake.wait(lock, [&] { return stopped() || reached(self); });
    waiters_.fetch_sub(1, std::memory_order_relaxed);
    waiting_.erase(place);
    return !stopped();
}

void Sequencer::wake_reached() {
    std::lock_guard lock(mutex_);
    for (Waiter* waiter : waiting_) {
        if (reached(*waiter)) waiter->wake.notify_one();
    }
}

}  // namespace vgpu::worker
