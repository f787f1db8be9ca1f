// vgpu-threads uses one device from many threads in all the ways that Vulkan allows.
#include "threads/parts.h"

int main(int argc, char** argv) {
    using namespace vgpu::programs;
    CommandLine line("vgpu-threads",
                     "Records, submits, compiles and hands objects about with many threads.");
    const CommonOptions options(line);
    const std::uint32_t& threads = line.number("--threads", 8, "how many threads");
    line.parse(argc, argv);
    const auto with_threads = [&](void (*part)(const Stage&, std::uint32_t)) {
        return [part, &threads](const Stage& stage) { part(stage, threads); };
    };
    return guarded([&] {
        return run_parts(options, "",
                         {{"record", with_threads(record)},
                          {"handover", with_threads(handover)},
                          {"migrate", with_threads(migrate)},
                          {"compile", with_threads(compile)},
                          {"descriptors", with_threads(descriptors)},
                          {"wait", with_threads(wait)}});
    });
}
