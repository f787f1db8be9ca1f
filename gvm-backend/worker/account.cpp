// Sums over the lines.
#include "worker/account.h"

#include <fcntl.h>

#include <algorithm>
#include <utility>

namespace vgpu::worker {

namespace {

constexpr std::size_t kBytes =
    (sizeof(AccountPage) + ring::kPageBytes - 1) & ~(ring::kPageBytes - 1);

}  // namespace

std::optional<Account> Account::make() {
    return map(transport::make_sealed_memory(kBytes));
}

std::optional<Account> Account::map(UniqueFd fd) {
    Account account;
    account.fd_ = std::move(fd);
    if (!account.fd_ || !account.mapping_.map(account.fd_.get(), kBytes)) return std::nullopt;
    return account;
}

UniqueFd Account::duplicate() const {
    return UniqueFd(::fcntl(fd_.get(), F_DUPFD_CLOEXEC, 0));
}

bool AccountEntry::try_charge(std::uint64_t bytes) {
    const std::uint64_t limit = page_.memory_limit_bytes.load(std::memory_order_relaxed);
    if (bytes > limit) return false;
    // First the own line, then the sum: of two that ask at once none can overlook the other.
    line_.memory_bytes.fetch_add(bytes, std::memory_order_seq_cst);
    std::uint64_t sum = 0;
    const std::uint32_t used = std::min(page_.lines_used.load(), kAccountLines);
    for (std::uint32_t i = 0; i < used; ++i)
        sum += page_.lines[i].memory_bytes.load(std::memory_order_seq_cst);
    if (sum <= limit) return true;
    release(bytes);
    return false;
}

}  // namespace vgpu::worker
