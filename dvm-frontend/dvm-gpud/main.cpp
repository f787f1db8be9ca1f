// dvm-gpud: gives this guest's programs the GPU of another domain. Wires everything and runs the
// broker.
#include <signal.h>
#include <spdlog/spdlog.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cstring>

#include "base/setup_error.h"
#include "base/unique_fd.h"
#include "daemon/instance_lock.h"
#include "daemon/program.h"
#include "dvm-gpud/broker.h"
#include "dvm-gpud/options.h"

namespace {

using namespace vgpu;
using namespace vgpu::broker;

Service make_service(const Options& options) {
    Service service;
    service.socket = options.socket;
    service.contexts_max = options.contexts_max;
    service.contexts_per_user = options.contexts_per_user;
    service.pages_per_application = options.memory_limit_mb << 8;
    service.wait = std::chrono::seconds(options.wait_seconds);
    service.resume_within = std::chrono::seconds(options.resume_seconds);
    service.device.number = options.device;
    service.device.grants_reserved = options.grants_reserved;
    service.device.set_gntalloc_limit = options.set_gntalloc_limit;
    return service;
}

void require_gntalloc() {
    if (::access("/dev/xen/gntalloc", R_OK | W_OK) == 0) return;
    throw SetupError(std::string("Opening /dev/xen/gntalloc fails: ") + std::strerror(errno) + ".",
                     "Load the module xen_gntalloc, and run this as root in a guest of Xen.");
}

int run(const Options& options) {
    daemon::make_folder_of(options.socket);
    const daemon::InstanceLock lock(options.socket + ".lock", "dvm-gpud");
    daemon::raise_descriptor_limit();
    require_gntalloc();
    const UniqueFd signals = daemon::signal_fd({SIGTERM, SIGINT, SIGUSR1});
    Broker broker(make_service(options));
    bool stopped = false;
    broker.loop().add(signals.get(), [&] {
        signalfd_siginfo info;
        if (::read(signals.get(), &info, sizeof info) != sizeof info) return;
        if (info.ssi_signo == SIGUSR1) return broker.log_usage();
        spdlog::info("{} comes: ending {} applications' connections.",
                     ::strsignal(static_cast<int>(info.ssi_signo)), broker.applications());
        stopped = true;
    });
    spdlog::info("Serving on {}: at most {} contexts.", options.socket, options.contexts_max);
    while (!stopped) broker.turn();
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    int status = 0;
    const std::optional<Options> options = parse_options(argc, argv, status);
    if (!options) return status;
    return daemon::run_program(options->log_level, [&] { return run(*options); });
}
