// Keeps, finds and forgets results under one lock.
#include "icd/known_results.h"

#include <algorithm>
#include <new>

namespace vgpu::icd {

std::uint64_t KnownResults::ticket() const {
    const std::lock_guard lock(mutex_);
    return forgotten_;
}

// With the first result, so that pools that nobody reads cost nothing.
bool KnownResults::make_room() noexcept {
    if (!bytes_known_.empty()) return true;
    try {
        results_.resize(std::size_t{queries_} * numbers_);
        bytes_known_.resize(queries_);
    } catch (const std::bad_alloc&) {
        return false;
    }
    return true;
}

template <typename Number>
void KnownResults::keep(std::uint64_t ticket, std::uint32_t query, const Number* result) noexcept {
    const std::lock_guard lock(mutex_);
    if (ticket != forgotten_ || query >= queries_ || !make_room()) return;
    if (bytes_known_[query] >= sizeof(Number)) return;
    std::copy_n(result, numbers_, results_.begin() + std::size_t{query} * numbers_);
    bytes_known_[query] = sizeof(Number);
}

template <typename Number>
bool KnownResults::get(std::uint32_t query, Number* result) const {
    const std::lock_guard lock(mutex_);
    if (query >= bytes_known_.size() || bytes_known_[query] < sizeof(Number)) return false;
    const auto from = results_.begin() + std::size_t{query} * numbers_;
    std::transform(from, from + numbers_, result,
                   [](std::uint64_t number) { return static_cast<Number>(number); });
    return true;
}

void KnownResults::forget(std::uint32_t first, std::uint32_t count) {
    const std::lock_guard lock(mutex_);
    ++forgotten_;
    if (first >= bytes_known_.size()) return;
    const std::size_t end = first + std::min<std::size_t>(count, bytes_known_.size() - first);
    std::fill(bytes_known_.begin() + first, bytes_known_.begin() + end, std::uint8_t{0});
}

template void KnownResults::keep(std::uint64_t, std::uint32_t, const std::uint32_t*) noexcept;
template void KnownResults::keep(std::uint64_t, std::uint32_t, const std::uint64_t*) noexcept;
template bool KnownResults::get(std::uint32_t, std::uint32_t*) const;
template bool KnownResults::get(std::uint32_t, std::uint64_t*) const;

}  // namespace vgpu::icd
