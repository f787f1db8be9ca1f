// The heavy side: membarrier(2).
#include "worker/asymmetric_fence.h"

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace vgpu::worker {

namespace {
long membarrier(int command) {
    return ::syscall(__NR_membarrier, command, 0, 0);
}
}  // namespace

AsymmetricFence::AsymmetricFence()
    : kernel_helps_(membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) == 0) {}

void AsymmetricFence::heavy() const {
    if (kernel_helps_) {
        // Cannot fail once registered; the jail's filter lets it through.
        membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED);
    } else {
        std::atomic_thread_fence(std::memory_order_seq_cst);
    }
}

}  // namespace vgpu::worker
