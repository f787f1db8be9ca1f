// vgpu-objects asks every question about a device and creates every kind of object.
#include "objects/parts.h"

int main(int argc, char** argv) {
    using namespace vgpu::programs;
    CommandLine line("vgpu-objects",
                     "Hashes what each vkGetPhysicalDevice* function returns, and creates and\n"
                     "destroys every type of object of Vulkan 1.0 to 1.3.");
    const CommonOptions options(line);
    line.parse(argc, argv);
    return guarded([&] {
        return run_parts(options, "",
                         {{"physical", physical},
                          {"chains", chains},
                          {"formats", formats},
                          {"devices", devices},
                          {"older", older},
                          {"requirements", requirements},
                          {"memory", memory},
                          {"plain", plain},
                          {"descriptors", descriptors},
                          {"passes", passes},
                          {"caches", caches},
                          {"allocators", allocators}},
                         {VK_KHR_PUSH_DESCRIPTOR_EXTENSION_NAME});
    });
}
