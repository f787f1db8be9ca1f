// What a semaphore or fence holds when several processes of this guest share it: a page of memory
// whose descriptor they hand to each other. No word of it crosses to the host.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>

#include "base/unique_fd.h"
#include "transport/fork_guard.h"
#include "transport/local/shared_memory.h"

namespace vgpu::icd {

enum class PayloadKind : std::uint32_t { Binary = 1, Timeline = 2, Fence = 3 };

// Signals are numbered: a timeline's by their values, the others' as they are submitted.
//
//     0               8               16              24              32
//     +-------+-------+-------+-------+---------------+---------------+
//     | magic |version| kind  | change| reached       | promised      |
//     +-------+-------+-------+-------+---------------+---------------+
//     | taken         |                                           4096
//     +---------------+------------------------------------------------
struct PayloadPage {
    static constexpr std::uint32_t kMagic = 0x7667'7073;  // "vgps"
    static constexpr std::uint32_t kVersion = 1;
    static constexpr std::size_t kBytes = 4096;

    std::uint32_t magic;
    std::uint32_t version;
    std::uint32_t kind;
    std::atomic<std::uint32_t> change;    // a futex: counted up after each change of the others
    std::atomic<std::uint64_t> reached;   // the last signal that has happened
    std::atomic<std::uint64_t> promised;  // the last one that was submitted
    // Binary: the last signal that a wait took. Fence: what was reached when it was reset.
    std::atomic<std::uint64_t> taken;
};
static_assert(sizeof(PayloadPage) == 40);
static_assert(offsetof(PayloadPage, change) == 12 && offsetof(PayloadPage, taken) == 32);
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

// Shared by the semaphore or fence and by what waits for it, which may outlive that; any thread.
// Every process that holds the descriptor may write the page at any time: its numbers are believed
// as far as they let those wait or go on who share it, and touch nothing else.
class SharedPayload {
  public:
    // Null when this process has no memory or descriptor left. `initial`: signals that happened.
    static std::shared_ptr<SharedPayload> make(PayloadKind kind, std::uint64_t initial = 0);
    // As another process exported it; null when the descriptor is anything else. `fd` stays open.
    static std::shared_ptr<SharedPayload> open(int fd, PayloadKind kind);
    // Of this process alone: one signal, which happens when the sync file (icd/sync_file.h) says
    // so; without one it has happened.
    static std::shared_ptr<SharedPayload> of_sync_file(UniqueFd file, PayloadKind kind);
    ~SharedPayload();

    // Another descriptor of the same page, which keeps it; none when there is none left.
    UniqueFd export_fd() const;

    std::uint64_t reached();
    bool has_reached(std::uint64_t number) { return reached() >= number; }
    // Fences: signalled since the last reset.
    bool signalled() { return reached() > page().taken.load(std::memory_order_acquire); }
    // A signal that was taken already, though it has not happened, stays so.
    void reset() { raise(page().taken, reached()); }

    // A signal is submitted, to be kept: until then this process's death keeps it. Without a number
    // it is the next one. Returns the number.
    std::uint64_t promise(std::optional<std::uint64_t> number = std::nullopt);
    // The promised signal has happened. Wakes everybody who listens.
    void keep(std::uint64_t number);
    void signal(std::optional<std::uint64_t> number = std::nullopt) { keep(promise(number)); }
    // Binary: the number of the signal that the next wait is for.
    std::uint64_t take() { return page().taken.fetch_add(1, std::memory_order_acq_rel) + 1; }
    // Binary: the last signal that was submitted, if no wait has taken it; takes it.
    std::optional<std::uint64_t> take_pending();

    // What dead processes promised has happened, as far as it ever will. Looks whether there are
    // such: to be called now and then while somebody waits.
    void keep_for_the_dead();

    // The word that changes with the payload, for futex(); null where no other process can.
    const std::atomic<std::uint32_t>* change_word() { return fd_ ? &page().change : nullptr; }
    // Becomes readable, or hangs up, when the signal has happened; -1 without a sync file.
    int file() const { return file_.get(); }

    SharedPayload(const SharedPayload&) = delete;
    SharedPayload& operator=(const SharedPayload&) = delete;

  private:
    explicit SharedPayload(PayloadKind kind);
    PayloadPage& page() { return *page_; }
    bool map(UniqueFd fd);
    void raise(std::atomic<std::uint64_t>& number, std::uint64_t to);
    void wake();

    // An open file of this process alone, so that a lock on it goes with this process.
    UniqueFd fd_;
    UniqueFd file_;
    transport::Mapping mapping_;
    std::unique_ptr<const transport::ForkGuard> fd_guard_;
    std::unique_ptr<const transport::ForkGuard> memory_guard_;
    PayloadPage own_{};
    PayloadPage* page_ = &own_;
    std::mutex mutex_;
    std::uint32_t promises_ = 0;  // mutex_: made here and not kept yet
};

}  // namespace vgpu::icd
