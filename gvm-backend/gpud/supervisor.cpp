// The doors open, and close at a signal.
#include "gpud/supervisor.h"

#include <signal.h>
#include <spdlog/spdlog.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cstring>
#include <utility>

#include "daemon/program.h"

namespace vgpu::gpud {

Supervisor::Supervisor(Service service)
    : service_(std::move(service)),
      lock_(service_.options.socket + ".lock"),
      signals_(daemon::signal_fd({SIGTERM, SIGINT})),
      contexts_(loop_,
                {service_.worker_program, service_.worker_environment,
                 std::chrono::microseconds(service_.options.worker_turn_us)},
                service_.options.socket + ".contexts", service_.options.contexts_max,
                service_.options.spare_workers) {
    loop_.add(signals_.get(), [this] { stop_signal(); });
    local_door_ = std::make_unique<LocalDoor>(loop_, contexts_, service_);
    xen_door_ = open_xen_door(loop_, contexts_, service_);
}

void Supervisor::run() {
    spdlog::info("Serving on {}: at most {} contexts, {} MiB each.", service_.options.socket,
                 service_.options.contexts_max, service_.gpu.host.memory_limit_bytes >> 20);
    while (local_door_ || contexts_.count() != 0) {
        loop_.run_once(local_door_ ? local_door_->patience() : std::nullopt);
        if (local_door_) local_door_->check_deadlines();
    }
    spdlog::info("Stopped; no context is left.");
}

void Supervisor::stop_signal() {
    signalfd_siginfo info;
    if (::read(signals_.get(), &info, sizeof info) != sizeof info) return;
    spdlog::info("{} comes: ending {} contexts.", ::strsignal(static_cast<int>(info.ssi_signo)),
                 contexts_.count());
    // Asked a second time, it waits no longer.
    if (!local_door_) {
        contexts_.kill_all();
        return;
    }
    local_door_.reset();
    contexts_.expect_none();
    if (xen_door_) xen_door_->close();
    contexts_.end_all();
}

}  // namespace vgpu::gpud
