// Regions that applications of this guest hand to each other, by descriptors that stand for them.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "base/unique_fd.h"
#include "daemon/event_loop.h"
#include "dvm-gpud/grant_budget.h"

namespace vgpu::broker {

// Pages that are granted to the GVM. Shared by the contexts that map them and the descriptors that
// stand for them: freed, and counted no more, when all of those are gone.
struct GrantedRegion {
    std::uint32_t gvm = 0;
    std::uint64_t bytes = 0;
    GrantShare share;  // of the guest's budget
    UniqueFd granted;  // keeps the pages
    std::vector<std::uint32_t> refs;
};

// Owned by the broker, on its one thread. A descriptor is one end of a socket whose other end is
// here: it names a region to this process alone, and its end, with that of its last copy, is seen.
// It maps nothing and grants nothing. Whoever holds it may import the region: that is what it is
// for.
class Exports {
  public:
    // Descriptors of this process, and pages, that applications can hold without a context.
    static constexpr std::size_t kMost = 4096;
    static constexpr std::size_t kMostOfUser = 1024;

    explicit Exports(daemon::EventLoop& loop) : loop_(loop) {}
    ~Exports();
    Exports(const Exports&) = delete;
    Exports& operator=(const Exports&) = delete;

    // Empty when there are too many, or no descriptor is left.
    UniqueFd add(std::shared_ptr<GrantedRegion> region, uid_t user);
    // Null for a descriptor that add() did not make.
    std::shared_ptr<GrantedRegion> find(const UniqueFd& fd) const;
    std::size_t size() const { return exports_.size(); }

  private:
    struct Export {
        UniqueFd ours;
        std::shared_ptr<GrantedRegion> region;
        uid_t user;
    };
    void look(std::uint64_t cookie);

    daemon::EventLoop& loop_;
    // By the kernel's number of the other end, which is never given to another socket.
    std::map<std::uint64_t, Export> exports_;
};

}  // namespace vgpu::broker
