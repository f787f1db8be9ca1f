// The waiting thread.
#include "worker/stop_signal.h"

#include <signal.h>

#include <thread>

namespace vgpu::worker {

namespace {
sigset_t stop_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    return signals;
}
}  // namespace

void block_stop_signal() {
    const sigset_t signals = stop_signals();
    ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

void watch_stop_signal(WorkerServices& services) {
    std::thread([&services] {
        const sigset_t signals = stop_signals();
        while (::sigwaitinfo(&signals, nullptr) != SIGTERM) {
        }
        services.lose(ring::LostReason::ServiceStopped, "The service ends this context (SIGTERM).");
    }).detach();
}

}  // namespace vgpu::worker
