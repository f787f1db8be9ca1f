// The relay's threads: each sleeps until something is due.
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <climits>
#include <ctime>
#include <new>
#include <system_error>
#include <utility>

#include "base/blocked_signals.h"
#include "icd/device.h"
#include "icd/relay.h"

#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449
#endif

namespace vgpu::icd {

namespace {

// How often a listener looks for what dead processes promised.
constexpr std::chrono::milliseconds kLookForDeaths{500};
// Changes that are there already when the listener begins to sleep, one after the other: more than
// that many are nobody's work, but somebody who keeps it busy.
constexpr int kHastyChanges = 32;
// Where not everything can be listened to at one time: more than kMost, or a kernel before 5.16.
constexpr std::chrono::milliseconds kLookAgain{1};

timespec from_now(std::chrono::milliseconds time) {
    const auto at = std::chrono::steady_clock::now().time_since_epoch() + time;
    const auto ns = std::chrono::duration_cast<std::chrono::nanoseconds>(at).count();
    return {static_cast<time_t>(ns / 1'000'000'000), static_cast<long>(ns % 1'000'000'000)};
}

}  // namespace

struct Relay::Listened {
    // The kernel's limit, less the list's own word.
    static constexpr std::size_t kMost = FUTEX_WAITV_MAX - 1;

    std::array<std::shared_ptr<SharedPayload>, kMost> payloads;
    std::array<std::uint32_t, kMost> seen;  // of change words, before anything was looked at
    std::size_t count = 0;
    bool more = false;     // than kMost
    bool watched = false;  // somebody sleeps in Context::wait_until()

    bool has(const SharedPayload* payload) const {
        for (std::size_t i = 0; i < count; ++i)
            if (payloads[i].get() == payload) return true;
        return false;
    }
    void add(const std::shared_ptr<SharedPayload>& payload, bool files) {
        if ((files ? payload->file() < 0 : payload->change_word() == nullptr) || has(payload.get()))
            return;
        // A file stays readable: who waits for it need not be woken twice.
        if (files && payload->has_reached(1)) return;
        if (count == kMost) {
            more = true;
            return;
        }
        if (!files) seen[count] = payload->change_word()->load(std::memory_order_acquire);
        payloads[count++] = payload;
    }
    std::chrono::milliseconds patience() const { return more ? kLookAgain : kLookForDeaths; }
};

Relay::Listened Relay::collect(bool files) {
    Listened listened;
    const std::lock_guard lock(mutex_);
    for (const Await& entry : awaits_) listened.add(entry.semaphore->payload, files);
    for (const Tell& entry : tells_) listened.add(entry.payload, files);
    listened.watched = !watched_.empty();
    for (const Watched& one : watched_) listened.add(one.payload, files);
    return listened;
}

bool Relay::start() {
    const std::lock_guard lock(mutex_);
    if (threads_) return !broken_;
    if (!file_bell_) file_bell_.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!file_bell_) return false;
    std::unique_ptr<Threads> threads(new (std::nothrow) Threads);
    if (!threads) return false;
    const BlockedSignals inherited;
    Threads& made = *threads;
    threads_ = std::move(threads);
    owner_ = ::getpid();
    try {
        guard_.reset(new transport::ForkGuard(
            [](void* relay, std::size_t) { static_cast<Relay*>(relay)->entries_.store(0); }, this));
        made.publisher = std::thread([this] { run_publisher(); });
        made.listener = std::thread([this] { run_listener(); });
        made.file_listener = std::thread([this] { run_file_listener(); });
    } catch (const std::exception&) {
        broken_ = true;  // stop() ends those that are there
        return false;
    }
    pthread_setname_np(made.publisher.native_handle(), "vgpu-share");
    pthread_setname_np(made.listener.native_handle(), "vgpu-listen");
    pthread_setname_np(made.file_listener.native_handle(), "vgpu-files");
    return true;
}

void Relay::stop() {
    if (!threads_) return;
    // A fork's child has not got the threads, and nobody can wait for them there.
    if (owner_ != ::getpid()) {
        threads_.release();
        return;
    }
    {
        const std::lock_guard lock(mutex_);
        stop_.store(true);
        threads_->work.notify_all();
    }
    device_.context->wake_waiting();
    wake_listener();
    transport::ring_eventfd(file_bell_.get());
    for (std::thread* thread :
         {&threads_->publisher, &threads_->listener, &threads_->file_listener})
        if (thread->joinable()) thread->join();
    const std::lock_guard lock(mutex_);
    threads_.reset();
    publish_reached(true);
    awaits_.clear();
    tell_reached(true);
    count_entries();
    stop_.store(false);
}

void Relay::wake_listener() {
    list_change_.fetch_add(1, std::memory_order_acq_rel);
    ::syscall(SYS_futex, &list_change_, FUTEX_WAKE_PRIVATE, INT_MAX, nullptr, nullptr, 0);
}

void Relay::listen_to(SharedPayload& payload) {
    if (payload.change_word()) wake_listener();
    if (payload.file() >= 0) transport::ring_eventfd(file_bell_.get());
}

void Relay::run_publisher() {
    Context& context = *device_.context;
    for (;;) {
        {
            std::unique_lock lock(mutex_);
            threads_->work.wait(lock, [&] { return stop_.load() || !publishes_.empty(); });
        }
        const bool due =
            context.wait_until([&] { return stop_.load() || any_point_reached(); }, std::nullopt);
        if (stop_.load()) return;
        if (due) {
            step();
            continue;
        }
        // Lost: what was submitted will not complete. Nothing is added from now on.
        std::unique_lock lock(mutex_);
        publish_reached(true);
        tell_reached(false);
        count_entries();
        threads_->work.wait(lock, [&] { return stop_.load(); });
        return;
    }
}

void Relay::run_listener() {
    using Clock = std::chrono::steady_clock;
    Clock::time_point look_at{};
    int hasty = 0;
    std::array<futex_waitv, FUTEX_WAITV_MAX> words{};
    for (;;) {
        const std::uint32_t list = list_change_.load(std::memory_order_acquire);
        if (stop_.load()) return;
        const Listened listened = collect(false);
        if (Clock::now() >= look_at) {
            for (std::size_t i = 0; i < listened.count; ++i)
                listened.payloads[i]->keep_for_the_dead();
            look_at = Clock::now() + kLookForDeaths;
        }
        tell_all(listened);
        words[0] = {list, reinterpret_cast<std::uintptr_t>(&list_change_),
                    FUTEX_32 | FUTEX_PRIVATE_FLAG, 0};
        for (std::size_t i = 0; i < listened.count; ++i)
            words[i + 1] = {listened.seen[i],
                            reinterpret_cast<std::uintptr_t>(listened.payloads[i]->change_word()),
                            FUTEX_32, 0};
        const timespec end = from_now(listened.patience());
        const long result = ::syscall(SYS_futex_waitv, words.data(), listened.count + 1, 0,
                                      listened.count != 0 ? &end : nullptr, CLOCK_MONOTONIC);
        hasty = result < 0 && errno == EAGAIN ? hasty + 1 : 0;
        if (hasty < kHastyChanges && (result >= 0 || (errno != ENOSYS && errno != EPERM))) continue;
        const timespec pause{0, std::chrono::nanoseconds(kLookAgain).count()};
        ::syscall(SYS_futex, &list_change_, FUTEX_WAIT_PRIVATE, list,
                  listened.count != 0 ? &pause : nullptr, nullptr, 0);
    }
}

void Relay::run_file_listener() {
    std::array<pollfd, Listened::kMost + 1> polls{};
    for (;;) {
        std::uint64_t rings = 0;
        [[maybe_unused]] const ssize_t read = ::read(file_bell_.get(), &rings, sizeof(rings));
        if (stop_.load()) return;
        const Listened listened = collect(true);
        tell_all(listened);
        polls[0] = {file_bell_.get(), POLLIN, 0};
        for (std::size_t i = 0; i < listened.count; ++i)
            polls[i + 1] = {listened.payloads[i]->file(), POLLIN, 0};
        ::poll(polls.data(), listened.count + 1,
               listened.more ? static_cast<int>(kLookAgain.count()) : -1);
    }
}

// After the listener has looked what it listens to: what changes from now on ends its sleep.
void Relay::tell_all(const Listened& listened) {
    step();
    if (listened.watched) device_.context->wake_waiting();
}

}  // namespace vgpu::icd
