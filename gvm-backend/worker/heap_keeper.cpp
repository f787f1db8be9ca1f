// The C library's heap, trimmed (mallopt(3), malloc_trim(3)).
#include "worker/heap_keeper.h"

#include <malloc.h>

#include <cstdlib>

namespace vgpu::worker {

namespace {

// So long a piece, once freed, makes the library look at its heap's end; and so little it leaves
// there.
constexpr std::size_t kPieceBytes = 128 << 10;
constexpr int kLeft = 64 << 10;

}  // namespace

void HeapKeeper::give_back_end() {
    const char* kept = std::getenv("MALLOC_TRIM_THRESHOLD_");
    if (kept == nullptr) return;
    ::mallopt(M_TRIM_THRESHOLD, kLeft);
    void* volatile piece = std::malloc(kPieceBytes);
    std::free(piece);
    ::mallopt(M_TRIM_THRESHOLD, std::atoi(kept));
}

void HeapKeeper::give_back_holes() {
    ::malloc_trim(0);
}

}  // namespace vgpu::worker
