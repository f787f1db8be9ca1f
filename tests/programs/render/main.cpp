// vgpu-render draws small scenes off screen and prints a hash of each picture.
#include "render/scenes.h"

int main(int argc, char** argv) {
    using namespace vgpu::programs;
    CommandLine line("vgpu-render",
                     "Draws scenes of 512 x 512 pixels off screen and prints a hash of each.");
    const CommonOptions options(line);
    const std::string& out = line.text("--out", "DIR", "write the pictures there as PNG");
    line.parse(argc, argv);
    return guarded([&] {
        return run_parts(options, out,
                         {{"mesh", mesh},
                          {"states", states},
                          {"resolve", resolve},
                          {"subpasses", subpasses},
                          {"dynamic_rendering", dynamic_rendering},
                          {"post", post},
                          {"mapped", mapped},
                          {"queries", queries}});
    });
}
