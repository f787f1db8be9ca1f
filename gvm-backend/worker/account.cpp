// Sums over the lines.
#include "worker/account.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace vgpu::worker {

namespace {

constexpr std::size_t kBytes = ring::whole_pages(sizeof(AccountPage));

}  // namespace

std::optional<Account> Account::make() {
    return map(transport::make_sealed_memory(kBytes));
}

std::optional<Account> Account::open(const std::string& path) {
    UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    // Room for all of it now: what a full file system cannot give later is a SIGBUS.
    if (!fd) return std::nullopt;
    if (const int error = ::posix_fallocate(fd.get(), 0, kBytes); error != 0) {
        errno = error;
        return std::nullopt;
    }
    return map(std::move(fd));
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
