// The command line.
#include "gpud/options.h"

#include <CLI/CLI.hpp>

#include "daemon/program.h"

namespace vgpu::gpud {

namespace {

void add_limits(CLI::App& app, Options& options) {
    app.add_option("--memory-limit-mb", options.memory_limit_mb,
                   "Memory of one context, device-local and guest-visible together, in MiB")
        ->check(CLI::Range(1, 1 << 24))
        ->capture_default_str();
    app.add_option("--worker-memory-mb", options.worker_memory_mb,
                   "Memory of one worker's own, beside what its guest may have: what the driver "
                   "and its compiler work by, in MiB; 0: no limit")
        ->check(CLI::Range(0, 1 << 24))
        ->capture_default_str();
    app.add_option("--contexts-max", options.contexts_max,
                   "Contexts (Vulkan instances of guest processes) at one time")
        ->check(CLI::Range(1, 4096))
        ->capture_default_str();
    app.add_option("--hang-seconds", options.hang_seconds,
                   "A submission that takes longer is taken to be endless and ends its context; 0 "
                   "waits for ever; default: 3 on a GPU, 60 on a CPU")
        ->check(CLI::Range(0, 86400));
    app.add_option("--compile-seconds", options.compile_seconds,
                   "A shader whose check or compilation takes longer ends its context; 0 waits for "
                   "ever")
        ->check(CLI::Range(0, 86400))
        ->capture_default_str();
}

void add_driver(CLI::App& app, Options& options) {
    app.add_option("--gpu", options.gpu,
                   "PCI address of the GPU to serve, as 0000:01:00.0; default: the first discrete, "
                   "integrated, virtual or CPU device, in this order");
    app.add_option("--driver", options.driver,
                   "Use only this Vulkan driver manifest (sets VK_DRIVER_FILES for the workers)")
        ->check(CLI::ExistingFile);
    app.add_option("--memory-import", options.memory_import,
                   "How guest pages become GPU memory: imported (hostptr), mirrored (copy), or as "
                   "the start's test finds (auto)")
        ->check(CLI::IsMember({"auto", "hostptr", "copy"}))
        ->capture_default_str();
}

void add_workers(CLI::App& app, Options& options) {
    app.add_option(
           "--shader-gate", options.shader_gate,
           "What of guests' shaders is checked before the driver compiles them: all (full), "
           "sizes and interfaces (bounds), or nothing (off)")
        ->check(CLI::IsMember({"full", "bounds", "off"}))
        ->capture_default_str();
    app.add_option(
           "--drivers", options.drivers,
           "Which Vulkan drivers workers load: the served GPU's alone (served), or all that "
           "the loader finds (all)")
        ->check(CLI::IsMember({"served", "all"}))
        ->capture_default_str();
    app.add_option("--worker", options.worker, "The worker program; default: beside this one");
    app.add_option(
           "--worker-turn-us", options.worker_turn_us,
           "Turns on a processor that workers ask the kernel for, in microseconds: who asks "
           "for short ones is let in sooner when it wakes; 0: the kernel's own")
        ->check(CLI::Range(0, 100'000))
        ->capture_default_str();
    app.add_option("--kept-heap-mb", options.kept_heap_mb,
                   "Memory that a worker keeps of what its driver frees, for the driver to take "
                   "again, until the context rests for a quarter of a second; in MiB; 0: as the C "
                   "library does")
        ->check(CLI::Range(0, 1 << 20))
        ->capture_default_str();
    app.add_option("--spare-workers", options.spare_workers,
                   "Workers that are started ahead, so that a context need not wait for its driver "
                   "to be loaded; each takes the memory of an idle context")
        ->check(CLI::Range(0, 64))
        ->capture_default_str();
    app.add_option("--worker-user", options.worker_user,
                   "User that workers run as (needs root); default: xen-vgpu, or else nobody");
    app.add_option("--completion", options.completion,
                   "Who tells a guest that a submission is complete: the channel's thread while it "
                   "has nothing else to do (channel), or always a thread of its own (thread)")
        ->check(CLI::IsMember({"channel", "thread"}))
        ->capture_default_str();
    app.add_flag("!--no-jail", options.jail,
                 "Leave workers unjailed. Only to debug: a guest can then take over this machine");
}

}  // namespace

std::optional<Options> parse_options(int argc, char** argv, int& exit_status) {
    Options options;
    CLI::App app("Serves this machine's GPU to guests.", "gvm-gpud");
    app.add_option("--socket", options.socket, "Where guests connect")->capture_default_str();
    app.add_option("--xen", options.xen,
                   "Serve the vgpu devices of other domains: on, off, or auto, where this machine "
                   "is a domain of a Xen host")
        ->check(CLI::IsMember({"on", "off", "auto"}))
        ->capture_default_str();
    add_driver(app, options);
    add_limits(app, options);
    add_workers(app, options);
    daemon::add_common_options(app, options.log_level);
    app.add_flag("--probe", options.probe_only, "Print what this machine offers, and exit");
    if (!daemon::parse(app, argc, argv, exit_status)) return std::nullopt;
    return options;
}

}  // namespace vgpu::gpud
