// vgpu-compute runs compute shaders and synchronises in every way, and checks all on the host.
#include "compute/parts.h"

int main(int argc, char** argv) {
    using namespace vgpu::programs;
    CommandLine line("vgpu-compute",
                     "Runs compute shaders, checks them on the host and prints a hash of each.");
    const CommonOptions options(line);
    line.parse(argc, argv);
    return guarded([&] {
        return run_parts(
            options, "",
            {{"scan", scan},
             {"matrices", matrices},
             {"histogram", histogram},
             {"texels", texels},
             {"indirect", indirect},
             {"push_descriptors", push_descriptors},
             {"addresses", addresses},
             {"rays", rays},
             {"events", events},
             {"timelines", timelines},
             {"late_writes", late_writes},
             {"submits", submits}},
            {VK_KHR_PUSH_DESCRIPTOR_EXTENSION_NAME, VK_KHR_DEFERRED_HOST_OPERATIONS_EXTENSION_NAME,
             VK_KHR_ACCELERATION_STRUCTURE_EXTENSION_NAME, VK_KHR_RAY_QUERY_EXTENSION_NAME,
             VK_KHR_RAY_TRACING_PIPELINE_EXTENSION_NAME});
    });
}
