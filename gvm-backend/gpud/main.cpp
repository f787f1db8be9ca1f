// gvm-gpud: serves this machine's GPU to guests. Wires everything and runs the supervisor.
#include <spdlog/spdlog.h>

#include <cstdio>

#include "daemon/program.h"
#include "gpud/choose_gpu.h"
#include "gpud/host_probe.h"
#include "gpud/options.h"
#include "gpud/supervisor.h"
#include "gpud/worker_user.h"
#include "ring/layout.h"

#ifndef VGPU_VERSION
#define VGPU_VERSION "0"
#endif

namespace {

using namespace vgpu;
using namespace vgpu::gpud;

transport::Welcome make_welcome(const worker::HostReport& report, const Options& options) {
    transport::Welcome welcome;
    welcome.service_version = VGPU_VERSION;
    welcome.instance_version = report.instance_version;
    welcome.instance_extensions = report.instance_extensions;
    welcome.command_hashes = report.command_hashes;
    welcome.link_hashes = report.link_hashes;
    welcome.memory_limit_bytes = options.memory_limit_mb << 20;
    welcome.objects_max = kObjectsMax;
    welcome.channels_max = ring::kMaxChannels;
    return welcome;
}

void log_choice(const worker::HostReport& report, const GpuSetup& setup, const Options& options) {
    const worker::HostGpu& gpu = setup.gpu;
    spdlog::info("Serving {} ({}; {}), because {}.", gpu.identity.name, gpu.type, gpu.driver,
                 setup.why);
    spdlog::info("Guest memory: {} (the test found: {}).", worker::to_string(setup.host.import_way),
                 gpu.import_text);
    for (const std::string& sentence : describe_unserved(report)) spdlog::warn("{}", sentence);
    if (options.jail) return;
    spdlog::warn(
        "--no-jail: workers run with all of this process's rights. A guest that breaks the driver "
        "then owns this machine. Never serve guests that you do not trust like this.");
}

int run(const Options& options) {
    const std::string program = find_worker(options.worker);
    const std::vector<std::string> environment =
        worker_environment(options.driver, options.kept_heap_mb);
    const worker::HostReport report = probe_host(program, environment);
    if (options.probe_only) {
        std::fputs(describe(report).c_str(), stdout);
        return report.gpus.empty() ? 1 : 0;
    }
    Service service{options,
                    program,
                    environment,
                    report,
                    set_up_gpu(report, options, options.gpu),
                    make_welcome(report, options)};
    log_choice(report, service.gpu, options);
    daemon::make_folder_of(options.socket);
    daemon::raise_descriptor_limit();
    Supervisor(std::move(service)).run();
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    int status = 0;
    const std::optional<Options> options = parse_options(argc, argv, status);
    if (!options) return status;
    return daemon::run_program(options->log_level, [&] { return run(*options); });
}
