// Ends the process on a broken invariant of ours.
#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace vgpu {

void check_failed(const char* condition, const char* file, int line) {
    std::fprintf(stderr, "%s:%d: This should always hold: %s. Please report it.\n", file, line,
                 condition);
    std::abort();
}

}  // namespace vgpu
