// The command line.
#include "dvm-gpud/options.h"

#include <CLI/CLI.hpp>

#include "daemon/program.h"

namespace vgpu::broker {

namespace {

void add_limits(CLI::App& app, Options& options) {
    app.add_option("--contexts-max", options.contexts_max,
                   "Contexts (Vulkan instances of applications) at one time")
        ->check(CLI::Range(1, 4096))
        ->capture_default_str();
    app.add_option("--contexts-per-user", options.contexts_per_user,
                   "Contexts of one user at one time")
        ->check(CLI::Range(1, 4096))
        ->capture_default_str();
    app.add_option("--memory-limit-mb", options.memory_limit_mb,
                   "Memory that one application may share with the GPU's domain, in MiB; 0: three "
                   "quarters of what this guest can share. An application that wants more gets "
                   "VK_ERROR_OUT_OF_DEVICE_MEMORY")
        ->check(CLI::Range(0, 1 << 20))
        ->capture_default_str();
    app.add_option("--grants-reserved", options.grants_reserved,
                   "Grant references that are left to this guest's other drivers (disks, network, "
                   "console), which fail when there are none left")
        ->check(CLI::Range(0, 1 << 20))
        ->capture_default_str();
    app.add_flag("!--keep-gntalloc-limit", options.set_gntalloc_limit,
                 "Leave the limit of the kernel module xen_gntalloc as it is. Otherwise it is set "
                 "to what this guest's grant table holds, less --grants-reserved; the module's own "
                 "default is 4 MiB");
}

}  // namespace

std::optional<Options> parse_options(int argc, char** argv, int& exit_status) {
    Options options;
    CLI::App app(
        "Gives this guest's programs the GPU of another Xen domain.\n"
        "Needs a device that `gvmctl attach` made (in dom0), and gvm-gpud in the GPU's domain.",
        "dvm-gpud");
    app.add_option("--socket", options.socket, "Where programs connect; any user may")
        ->capture_default_str();
    app.add_option("--device", options.device,
                   "Serve device/vgpu/N of xenstore; default: the lowest N there is")
        ->check(CLI::Range(0, 1 << 16));
    app.add_option(
           "--wait-seconds", options.wait_seconds,
           "How long a program's first call waits for a GPU that is not there yet. Programs "
           "give up after 10 seconds without being told why")
        ->check(CLI::Range(0, 8))
        ->capture_default_str();
    app.add_option("--resume-seconds", options.resume_seconds,
                   "How long contexts go on without the service in the GPU's domain when that has "
                   "died, until it is started again")
        ->check(CLI::Range(0, 60))
        ->capture_default_str();
    add_limits(app, options);
    daemon::add_common_options(app, options.log_level);
    app.footer(
        "SIGUSR1 makes it log who uses how much. SIGTERM ends it, and with it every program's "
        "context\n(VK_ERROR_DEVICE_LOST).");
    if (!daemon::parse(app, argc, argv, exit_status)) return std::nullopt;
    return options;
}

}  // namespace vgpu::broker
