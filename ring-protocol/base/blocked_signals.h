// Keeps the application's signals off the threads that are started meanwhile.
#pragma once

#include <pthread.h>
#include <signal.h>

namespace vgpu {

// The application's signal handlers run on its own threads: one that is made while this lives
// inherits a full mask. Lives on one thread's stack.
class BlockedSignals {
  public:
    BlockedSignals() {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    BlockedSignals(const BlockedSignals&) = delete;
    BlockedSignals& operator=(const BlockedSignals&) = delete;
    ~BlockedSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

  private:
    sigset_t before_;
};

}  // namespace vgpu
