// The C library's heap, trimmed.
#include "worker/heap_keeper.h"

#include <malloc.h>

namespace vgpu::worker {

void HeapKeeper::give_back() {
    ::malloc_trim(0);
}

}  // namespace vgpu::worker
