// The two limits: gntalloc's, and the grant table's.
#include "dvm-gpud/grant_budget.h"

#include <algorithm>
#include <fstream>

#include "transport/xen/vgpuif.h"

namespace vgpu::broker {

namespace {

using transport::xen::kGrantsPerFrame;

// Xen's default, where the toolstack says nothing.
constexpr std::uint32_t kDefaultFrames = 64;
// The module's, where it does not say.
constexpr std::uint32_t kDefaultLimit = 1024;

std::string mib(std::uint64_t pages) {
    return std::to_string(pages) + " pages (" + std::to_string(pages >> 8) + " MiB)";
}

std::uint32_t read_limit(const std::string& file) {
    std::int64_t limit = kDefaultLimit;
    std::ifstream(file) >> limit;
    return static_cast<std::uint32_t>(std::clamp<std::int64_t>(limit, 0, INT32_MAX));
}

std::uint32_t set_limit(const std::string& file, std::uint32_t pages) {
    std::ofstream(file) << pages << '\n';
    return read_limit(file);
}

}  // namespace

GrantShare::~GrantShare() {
    if (budget_ != nullptr) budget_->used_ -= pages_;
}

GrantShare GrantBudget::take(std::uint64_t pages) {
    if (used_ > capacity_ || pages > capacity_ - used_) return {};
    used_ += static_cast<std::uint32_t>(pages);
    return GrantShare(*this, static_cast<std::uint32_t>(pages));
}

GrantCapacity find_grant_capacity(std::optional<std::uint32_t> frames, std::uint32_t reserved,
                                  const std::string& limit_file, bool may_set) {
    const std::uint64_t entries = std::uint64_t{frames.value_or(kDefaultFrames)} * kGrantsPerFrame;
    const auto table = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(entries > reserved ? entries - reserved : 0, INT32_MAX));
    std::uint32_t limit = read_limit(limit_file);
    if (may_set && limit != table) limit = set_limit(limit_file, table);
    if (limit < table)
        return {limit, "the kernel module's limit of " + mib(limit) + "; raise it with `echo " +
                           std::to_string(table) + " > " + limit_file +
                           "`, or for good with `options xen_gntalloc limit=" +
                           std::to_string(table) + "` in /etc/modprobe.d"};
    return {table, "the grant table's " + mib(entries) + ", of which " + std::to_string(reserved) +
                       " pages are left to other drivers (--grants-reserved); raise it with "
                       "max_grant_frames in this guest's xl configuration"};
}

}  // namespace vgpu::broker
