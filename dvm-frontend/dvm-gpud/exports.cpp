// Socket pairs, known by their cookies.
#include "dvm-gpud/exports.h"

#include <sys/socket.h>

#include <algorithm>
#include <utility>

namespace vgpu::broker {

namespace {

// 0 for what is no socket.
std::uint64_t cookie_of(int fd) {
    std::uint64_t cookie = 0;
    socklen_t bytes = sizeof(cookie);
    return ::getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &bytes) == 0 ? cookie : 0;
}

}  // namespace

Exports::~Exports() {
    for (const auto& [cookie, each] : exports_) loop_.remove(each.ours.get());
}

UniqueFd Exports::add(std::shared_ptr<GrantedRegion> region, uid_t user) {
    const auto own = std::count_if(exports_.begin(), exports_.end(),
                                   [&](const auto& each) { return each.second.user == user; });
    int ends[2];
    if (exports_.size() >= kMost || static_cast<std::size_t>(own) >= kMostOfUser ||
        ::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0)
        return {};
    UniqueFd ours(ends[0]), theirs(ends[1]);
    const std::uint64_t cookie = cookie_of(theirs.get());
    if (cookie == 0) return {};
    loop_.add(ours.get(), [this, cookie] { look(cookie); });
    exports_[cookie] = {std::move(ours), std::move(region), user};
    return theirs;
}

std::shared_ptr<GrantedRegion> Exports::find(const UniqueFd& fd) const {
    const auto found = exports_.find(cookie_of(fd.get()));
    return found == exports_.end() ? nullptr : found->second.region;
}

// Its last copy was closed, or somebody wrote to it, which nobody should: it stands for nothing
// then.
void Exports::look(std::uint64_t cookie) {
    const auto found = exports_.find(cookie);
    if (found == exports_.end()) return;
    loop_.remove(found->second.ours.get());
    exports_.erase(found);
}

}  // namespace vgpu::broker
