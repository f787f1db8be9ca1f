// Query results that the host has told and that cannot change any more until they are reset.
#pragma once

#include <cstdint>
#include <mutex>
#include <vector>

namespace vgpu::icd {

// Owned by a query pool; any thread. An available result is final until its query is reset, so
// asking again would only cost time: applications poll. Never throws: without memory nothing is
// known.
class KnownResults {
  public:
    // `numbers` in the result of one query, its availability left out.
    KnownResults(std::uint32_t queries, std::uint32_t numbers)
        : queries_(queries), numbers_(numbers) {}

    // Before the host is asked; what is forgotten after that is not kept.
    std::uint64_t ticket() const;
    // `bits` of each number are what was asked for: 32 or 64.
    template <typename Number>
    void keep(std::uint64_t ticket, std::uint32_t query, const Number* result) noexcept;
    // False when it is not known, in so many bits.
    template <typename Number>
    bool get(std::uint32_t query, Number* result) const;
    // The queries' results are going to change.
    void forget(std::uint32_t first, std::uint32_t count);

  private:
    bool make_room() noexcept;

    const std::uint32_t queries_, numbers_;
    mutable std::mutex mutex_;
    std::uint64_t forgotten_ = 0;  // how often; guarded by mutex_, as all below
    std::vector<std::uint64_t> results_;
    std::vector<std::uint8_t> bytes_known_;  // of each number of a query: 0, 4 or 8
};

}  // namespace vgpu::icd
