// dvm-gpud: gives this guest's programs the GPU of another domain. Wires everything and runs the
// broker.
#include <signal.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cstring>
#include <exception>
#include <filesystem>

#include "base/setup_error.h"
#include "base/unique_fd.h"
#include "daemon/instance_lock.h"
#include "daemon/logging.h"
#include "dvm-gpud/broker.h"
#include "dvm-gpud/options.h"

namespace {

using namespace vgpu;
using namespace vgpu::broker;

UniqueFd make_signal_fd() {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGTERM, SIGINT, SIGUSR1}) sigaddset(&signals, signal);
    ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    return UniqueFd(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
}

// An application's connection costs one descriptor, and a request a few for a moment.
void raise_descriptor_limit() {
    rlimit files;
    if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return;
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
}

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
    const auto directory = std::filesystem::path(options.socket).parent_path();
    std::error_code ignored;  // what fails here fails with a better text at the lock file
    if (!directory.empty()) std::filesystem::create_directories(directory, ignored);
    const daemon::InstanceLock lock(options.socket + ".lock", "dvm-gpud");
    raise_descriptor_limit();
    require_gntalloc();
    const UniqueFd signals = make_signal_fd();
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
    daemon::set_up_log(options->log_level, "");
    ::signal(SIGPIPE, SIG_IGN);
    try {
        return run(*options);
    } catch (const std::exception& error) {
        spdlog::critical("{}", error.what());
        return 1;
    }
}
