// Counts contexts in a way that outlives the supervisor: each worker holds a lock on a file.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/unique_fd.h"

namespace vgpu::gpud {

// A directory of files 0, 1, 2, ... Each running worker holds the lock of one, whose text is its
// process id; the kernel lets go of the lock when the worker is gone. Owned by the supervisor, on
// its one thread. The directory is writable by the supervisor's user alone.
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
    void note_holder(const Slot& slot, pid_t pid) const;

    struct Holder {
        std::uint32_t index = 0;
        pid_t pid = 0;
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
