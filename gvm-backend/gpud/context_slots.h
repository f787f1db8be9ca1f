// Counts contexts in a way that outlives the supervisor: each worker holds a lock on a file, and
// listens beside it for the next supervisor.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/unique_fd.h"

namespace vgpu::gpud {

// A directory of files 0, 1, 2, ... Each running worker holds the lock of one, whose text is its
// process id and, for a guest of another domain, what the next supervisor must know; the kernel
// lets go of the lock when the worker is gone. Beside it lie N.line, where such a worker listens,
// and account-DOMAIN-DEVICE, where a device's contexts count (worker/account.h). Owned by the
// supervisor, on its one thread. Only the supervisor's user may look into the directory.
class ContextSlots {
  public:
    // Makes the directory if need be. Throws SetupError.
    explicit ContextSlots(std::string directory);

    struct Slot {
        std::uint32_t index = 0;
        UniqueFd file;  // read-only, locked: the lock lives as long as any copy of it
    };
    // The first of `max` slots that nobody holds; nothing when all are held.
    std::optional<Slot> take(std::uint32_t max) const;

    // Of a guest in another domain, whose front end may ask the next supervisor for its context.
    struct Owner {
        std::uint32_t domid = 0;
        std::uint32_t device = 0;
        std::uint32_t context = 0;  // as the front end calls it
        std::uint32_t account_line = 0;
    };
    void note_holder(const Slot& slot, pid_t pid, const std::optional<Owner>& owner = {}) const;

    // A socket for this slot's worker, which listens; empty, and errno, when there can be none.
    UniqueFd listen(const Slot& slot) const;
    // And a connection to it. Does not wait; empty when nobody listens.
    UniqueFd connect(std::uint32_t index) const;
    std::string account_path(std::uint32_t domid, std::uint32_t device) const;

    struct Holder {
        std::uint32_t index = 0;
        pid_t pid = 0;
        std::optional<Owner> owner;
    };
    // Workers of an earlier supervisor that run still.
    std::vector<Holder> holders() const;

  private:
    std::string path(std::uint32_t index) const;
    // Open and locked; empty when somebody else holds it.
    UniqueFd try_lock(std::uint32_t index, int flags) const;

    std::string directory_;
};

}  // namespace vgpu::gpud
