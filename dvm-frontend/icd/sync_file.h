// What stands for a kernel's sync file in a guest whose kernel knows no GPU: a descriptor that
// polls readable once the work is done.
#pragma once

#include "base/unique_fd.h"

namespace vgpu::icd {

// One end for whoever waits; the other one's closing is the signal, so its process's death is one
// too. Requests that only a kernel's sync file serves (merging, its description) fail.
struct SyncFile {
    UniqueFd waits;
    UniqueFd signals;
};

// Both empty when no descriptor is left.
SyncFile make_sync_file();

// Whether the descriptor is one of these, or a kernel's own sync file.
bool is_sync_file(int fd);

// Asks the kernel, without waiting.
bool sync_file_signalled(int fd);

}  // namespace vgpu::icd
