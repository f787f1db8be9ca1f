// gvm-gpu-worker: runs the commands of one guest process's Vulkan instance on the host's driver.
#include <signal.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>

#include "base/setup_error.h"
#include "daemon/logging.h"
#include "transport/local/host.h"
#include "transport/xen/host.h"
#include "worker/account.h"
#include "worker/context.h"
#include "worker/jail.h"
#include "worker/probe.h"
#include "worker/start_message.h"
#include "worker/stop_signal.h"
#include "worker/warm_driver.h"

namespace {

using namespace vgpu;
using namespace vgpu::worker;

int probe() {
    std::puts(format_report(probe_host(/*test_import=*/true)).c_str());
    std::fflush(stdout);
    // Drivers' threads and handlers at exit are not worth waiting for.
    ::_exit(0);
}

void close_jail(JailOptions jail, const GpuIdentity& gpu) {
    warm_driver(gpu);
    if (!jail.enabled) {
        spdlog::warn("The worker is NOT jailed: a guest that owns the driver owns this user.");
        return;
    }
    for (std::string& path : paths_from_environment()) jail.readable.push_back(std::move(path));
    spdlog::info("Jailed: {}.", enter_jail(jail));
}

// The worker's end of whichever transport its guest comes by.
std::unique_ptr<transport::HostTransport> make_transport(transport::Handover guest,
                                                         const HostOptions& options) {
    transport::RegionLimits limits;
    limits.channels_max = options.channels_max;
    if (auto* xen = std::get_if<transport::xen::XenHandover>(&guest))
        return std::make_unique<transport::xen::XenHostTransport>(std::move(*xen), limits);
    return std::make_unique<transport::LocalHostTransport>(
        std::move(std::get<transport::LocalHandover>(guest)), limits);
}

// Never returns, and ends without waiting for a driver's threads, which may hang.
[[noreturn]] void serve(int supervisor, ReceivedStart start, bool prepared) {
    const HostOptions& options = start.message.options;
    const auto transport = make_transport(std::move(start.descriptors.guest), options);
    std::optional<Account> account = Account::map(std::move(start.descriptors.account));
    if (!account || options.account_line >= kAccountLines)
        throw SetupError("The domain's account cannot be mapped.",
                         "Start the worker from the gvm-gpud of the same release.");
    account->take_fd().reset();  // see Account::open
    if (!prepared) close_jail(start.message.jail, options.gpu);
    Context context(*transport, options, account->page());
    // No exception leaves here: the context's end would wait for its threads, and a guest that is
    // gone can have left one in a wait of the driver's that never ends.
    try {
        watch_stop_signal(context);
        std::string reason = transport->run(context);
        if (const std::string loss = context.loss(); !loss.empty()) reason = loss;
        send_end(supervisor, {reason});
    } catch (const std::exception& error) {
        spdlog::error("The worker ends: {}", error.what());
        ::_exit(1);
    }
    ::_exit(0);
}

int serve_context(int supervisor) {
    block_stop_signal();
    ::signal(SIGPIPE, SIG_IGN);
    try {
        auto order = receive_order(supervisor);
        const auto* preparation = order ? std::get_if<Preparation>(&*order) : nullptr;
        const bool prepared = preparation != nullptr;
        if (preparation != nullptr) {
            daemon::set_up_log(preparation->log_level, "spare worker");
            close_jail(preparation->jail, preparation->gpu);
            order = receive_order(supervisor);
        }
        if (!order) return 0;
        auto& start = std::get<ReceivedStart>(*order);
        daemon::set_up_log(start.message.log_level, start.message.label);
        serve(supervisor, std::move(start), prepared);
    } catch (const std::exception& error) {
        spdlog::error("The worker cannot serve: {}", error.what());
        send_end(supervisor, {error.what()});
        ::_exit(1);
    }
}

}  // namespace

int main(int argc, char** argv) {
    vgpu::daemon::set_up_log("info", "");
    if (argc == 2 && std::strcmp(argv[1], "--probe") == 0) return probe();
    if (argc == 3 && std::strcmp(argv[1], "--supervisor-fd") == 0) {
        return serve_context(std::atoi(argv[2]));
    }
    std::fputs("gvm-gpu-worker is started by gvm-gpud. By hand: gvm-gpu-worker --probe\n", stderr);
    return 2;
}
