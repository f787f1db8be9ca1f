// Memfds, their leases, and the references that name their pages.
#include "xen-fake/grant_table.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <set>

#include "base/check.h"
#include "ring/layout.h"

namespace vgpu::fake {

namespace {

std::string path_of(int fd) {
    return "/proc/self/fd/" + std::to_string(fd);
}

// Another open file of the same memory, which counts for leases; a memfd's first one does not.
UniqueFd reopen(int fd) {
    return UniqueFd(::open(path_of(fd).c_str(), O_RDWR | O_CLOEXEC));
}

}  // namespace

UniqueFd new_memory(const std::string& kind, unsigned domain) {
    const UniqueFd first(
        ::memfd_create((kind + "-" + std::to_string(domain)).c_str(), MFD_CLOEXEC));
    return first ? reopen(first.get()) : UniqueFd();
}

int domain_of(int fd, const std::string& kind) {
    char target[PATH_MAX] = "";
    if (::readlink(path_of(fd).c_str(), target, sizeof(target) - 1) < 0) return -1;
    const std::string begin = "/memfd:" + kind + "-";
    const std::string text = target;
    if (text.compare(0, begin.size(), begin) != 0) return -1;
    return std::atoi(text.c_str() + begin.size());
}

GrantedFile::GrantedFile(int fd, std::size_t pages) : own_(reopen(fd)), pages_(pages) {
    VGPU_CHECK(own_);
    VGPU_CHECK(::ftruncate(fd, static_cast<off_t>(pages * ring::kPageBytes)) == 0);
}

bool GrantedFile::is_used() const {
    if (::fcntl(own_.get(), F_SETLEASE, F_WRLCK) != 0) {
        VGPU_CHECK(errno == EAGAIN || errno == EBUSY);
        return true;
    }
    VGPU_CHECK(::fcntl(own_.get(), F_SETLEASE, F_UNLCK) == 0);
    return false;
}

UniqueFd GrantedFile::open() const {
    return reopen(own_.get());
}

GrantTable& grant_table() {
    static GrantTable table;
    return table;
}

int GrantTable::grant(unsigned domain, int fd, unsigned to, bool writable,
                      std::span<std::uint32_t> refs) {
    sweep();
    const auto limit = limits.find(domain);
    if (limit != limits.end() && refs_of(domain).size() + refs.size() > limit->second)
        return ENOSPC;
    const auto file = std::make_shared<GrantedFile>(fd, refs.size());
    std::uint32_t next = 8;  // the first eight are Xen's own
    for (std::size_t page = 0; page < refs.size(); ++page) {
        while (grants_.count({domain, next}) != 0) ++next;
        refs[page] = next;
        grants_[{domain, next}] = {file, page, to, writable, false};
    }
    return 0;
}

const Grant* GrantTable::find(unsigned granter, std::uint32_t ref, unsigned mapper,
                              bool write) const {
    const auto found = grants_.find({granter, ref});
    if (found == grants_.end()) return nullptr;
    const Grant& grant = found->second;
    const bool allowed = grant.to == mapper && !grant.revoked && (grant.writable || !write);
    return allowed ? &grant : nullptr;
}

void GrantTable::revoke(unsigned domain, std::uint32_t ref) {
    const auto found = grants_.find({domain, ref});
    if (found != grants_.end()) found->second.revoked = true;
}

void GrantTable::sweep() {
    std::map<const GrantedFile*, bool> used;
    for (auto grant = grants_.begin(); grant != grants_.end();) {
        const GrantedFile* file = grant->second.file.get();
        if (used.count(file) == 0) used[file] = file->is_used();
        grant = used[file] ? std::next(grant) : grants_.erase(grant);
    }
}

std::vector<std::uint32_t> GrantTable::refs_of(unsigned domain) {
    sweep();
    std::vector<std::uint32_t> refs;
    for (const auto& [name, grant] : grants_) {
        if (name.first == domain) refs.push_back(name.second);
    }
    return refs;
}

void GrantTable::clear() {
    grants_.clear();
    limits.clear();
    mappings.clear();
}

}  // namespace vgpu::fake
