// What the contexts of one guest domain use, counted where the supervisor and all of them look.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/unique_fd.h"
#include "ring/layout.h"
#include "transport/local/shared_memory.h"

namespace vgpu::worker {

// One context's line: its worker counts up, the supervisor reads, and clears it for the next.
//
//     0      +--------------------------------------------------+
//            | memory_bytes     now                             |
//     8      +--------------------------------------------------+
//            | submissions, frames, command_bytes, busy_ns      |
//     40     +--------------------------------------------------+
//            | shared_bytes     now: the guest's pages in the   |
//            |                  worker's regions                |
//     48     +--------------------------------------------------+
//            | refused_shaders                                  |
//     56     +--------------------------------------------------+
//            | zero                                             |
//     64     +--------------------------------------------------+
struct alignas(ring::kLineBytes) AccountLine {
    std::atomic<std::uint64_t> memory_bytes;
    std::atomic<std::uint64_t> submissions;
    std::atomic<std::uint64_t> frames;
    std::atomic<std::uint64_t> command_bytes;
    std::atomic<std::uint64_t> busy_ns;
    // Of no use to a supervisor that granted them itself; the next one begins with it.
    std::atomic<std::uint64_t> shared_bytes;
    std::atomic<std::uint64_t> refused_shaders;  // that the gate did not let through
};
static_assert(sizeof(AccountLine) == ring::kLineBytes);

// As many as a domain may have contexts (transport/xen/tuning.h).
inline constexpr std::uint32_t kAccountLines = 4096;

struct AccountPage {
    // Of all lines' memory_bytes together; the supervisor writes it, at any time.
    std::atomic<std::uint64_t> memory_limit_bytes;
    // Lines from here on were never used.
    std::atomic<std::uint32_t> lines_used;
    alignas(ring::kLineBytes) AccountLine lines[kAccountLines];
};
static_assert(offsetof(AccountPage, lines) == ring::kLineBytes);

// Owned by the supervisor, for each guest domain, and by each of its workers; any thread. Workers
// are not trusted: an owned one spoils the book of its own domain and of no other.
class Account {
  public:
    // A new one, for a supervisor: shared by its descriptor. Nothing when there is no memory.
    static std::optional<Account> make();
    // The one that lies in a file, for the supervisor and its successors; made if need be. Nobody
    // else may keep a descriptor of it: a file can be shrunk under who maps it.
    static std::optional<Account> open(const std::string& path);
    // The same in another process.
    static std::optional<Account> map(UniqueFd fd);

    AccountPage& page() const { return *reinterpret_cast<AccountPage*>(mapping_.data()); }
    // For a worker, which lets go of it before it serves its guest. The first takes the descriptor
    // along, the other makes a copy.
    UniqueFd take_fd() { return std::move(fd_); }
    UniqueFd duplicate() const;

  private:
    UniqueFd fd_;
    transport::Mapping mapping_;
};

// Charges one context's memory to its domain's account. Any thread.
class AccountEntry {
  public:
    AccountEntry(AccountPage& page, std::uint32_t line) : page_(page), line_(page.lines[line]) {}

    // False, and nothing is charged, when the domain's contexts would have more than its limit.
    bool try_charge(std::uint64_t bytes);
    void release(std::uint64_t bytes) {
        line_.memory_bytes.fetch_sub(bytes, std::memory_order_relaxed);
    }
    AccountLine& line() { return line_; }

  private:
    AccountPage& page_;
    AccountLine& line_;
};

}  // namespace vgpu::worker
