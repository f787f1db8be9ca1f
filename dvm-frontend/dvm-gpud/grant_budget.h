// Counts granted pages, because the kernel must never be asked for one too many: a grant table that
// was once full is said to stay so.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace vgpu::broker {

class GrantBudget;

// Pages that are taken from a budget, and given back when this is destroyed.
class GrantShare {
  public:
    GrantShare() = default;
    GrantShare(GrantShare&& other) noexcept
        : budget_(std::exchange(other.budget_, nullptr)), pages_(std::exchange(other.pages_, 0)) {}
    GrantShare& operator=(GrantShare&& other) noexcept {
        std::swap(budget_, other.budget_);
        std::swap(pages_, other.pages_);
        return *this;
    }
    ~GrantShare();

    explicit operator bool() const { return budget_ != nullptr; }
    std::uint32_t pages() const { return pages_; }

  private:
    friend class GrantBudget;
    GrantShare(GrantBudget& budget, std::uint32_t pages) : budget_(&budget), pages_(pages) {}
    GrantBudget* budget_ = nullptr;
    std::uint32_t pages_ = 0;
};

// Of the whole guest, or of one application within it. Owned by the broker, on its one thread;
// outlives its shares.
class GrantBudget {
  public:
    explicit GrantBudget(std::uint32_t pages = 0) : capacity_(pages) {}
    GrantBudget(const GrantBudget&) = delete;
    GrantBudget& operator=(const GrantBudget&) = delete;

    // An empty share when there are not so many left.
    GrantShare take(std::uint64_t pages);
    // What is taken already stays so, even beyond.
    void set_capacity(std::uint32_t pages) { capacity_ = pages; }
    std::uint32_t capacity() const { return capacity_; }
    std::uint32_t used() const { return used_; }

  private:
    friend class GrantShare;
    std::uint32_t capacity_;
    std::uint32_t used_ = 0;
};

// How many pages this guest can grant to its GVM.
struct GrantCapacity {
    std::uint32_t pages = 0;
    std::string because;  // what bounds it, and who can raise it
};

// Where gntalloc keeps its limit.
inline constexpr const char* kGntallocLimit = "/sys/module/xen_gntalloc/parameters/limit";

// `frames` is the domain's limit of grant table frames, if it is known; `reserved` references are
// left to other drivers. `limit_file` holds gntalloc's own limit; with `may_set` it is set to what
// the table holds, in either direction: programs that were handed gntalloc's descriptor can ask it
// for more, and must meet that limit before they meet the end of the table.
GrantCapacity find_grant_capacity(std::optional<std::uint32_t> frames, std::uint32_t reserved,
                                  const std::string& limit_file, bool may_set);

}  // namespace vgpu::broker
