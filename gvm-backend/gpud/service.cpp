// Options and the probe's report become the setup of one GPU.
#include "gpud/service.h"

#include "gpud/choose_gpu.h"
#include "gpud/worker_user.h"
#include "ring/layout.h"

namespace vgpu::gpud {

namespace {

constexpr std::uint32_t kHangSecondsOnGpu = 3;
constexpr std::uint32_t kHangSecondsOnCpu = 60;

}  // namespace

std::uint64_t worker_memory_max(const Options& options, std::uint64_t guest_bytes) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    // A sanitizer's shadow of the whole address space counts as the worker's own.
    return 0;
#endif
    return options.worker_memory_mb == 0 ? 0 : (options.worker_memory_mb << 20) + guest_bytes;
}

GpuSetup set_up_gpu(const worker::HostReport& report, const Options& options,
                    const std::string& pci_address) {
    const GpuChoice choice = choose_gpu(report, pci_address);
    const worker::HostGpu& gpu = *choice.gpu;
    const ImportDecision memory = decide_import(gpu, options.memory_import);
    const bool cpu = gpu.type == "cpu";
    GpuSetup setup;
    setup.gpu = gpu;
    setup.why = choice.why;
    setup.host.gpu = gpu.identity;
    if (options.drivers == "all") setup.host.gpu.driver_manifest.clear();
    setup.host.import_way = memory.way;
    setup.host.page_type_bits = memory.page_type_bits;
    setup.host.memory_limit_bytes = options.memory_limit_mb << 20;
    setup.host.objects_max = kObjectsMax;
    setup.host.channels_max = ring::kMaxChannels;
    setup.host.channels_watch = options.completion == "channel";
    setup.host.hang_seconds =
        options.hang_seconds.value_or(cpu ? kHangSecondsOnCpu : kHangSecondsOnGpu);
    setup.host.compile_seconds = options.compile_seconds;
    setup.host.shader_gate = options.shader_gate;
    setup.jail.enabled = options.jail;
    setup.jail.device_nodes = !cpu;
    setup.jail.gpu_nodes = nodes_of(gpu);
    setup.jail.memory_max = worker_memory_max(options, setup.host.memory_limit_bytes);
    choose_worker_user(options.worker_user, gpu.render_node, setup.jail);
    return setup;
}

}  // namespace vgpu::gpud
