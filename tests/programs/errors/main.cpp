// vgpu-errors does what Vulkan allows but few programs do, and waits for what never comes.
#include "errors/parts.h"

int main(int argc, char** argv) {
    using namespace vgpu::programs;
    CommandLine line("vgpu-errors",
                     "Gives a driver garbage where it must not look, empty arrays, null handles\n"
                     "and waits for what never comes.");
    const CommonOptions options(line);
    const bool& also_beyond =
        line.flag("--beyond", "also what Vulkan forbids but a driver should survive");
    line.parse(argc, argv);
    std::vector<Part> parts = {
        {"ignored_fields", ignored_fields}, {"ignored_pipeline_state", ignored_pipeline_state},
        {"empty_arrays", empty_arrays},     {"null_handles", null_handles},
        {"fence_habits", fence_habits},     {"never_signalled", never_signalled},
        {"exhaustion", exhaustion}};
    if (also_beyond) parts.push_back({"beyond", beyond});
    return guarded([&] { return run_parts(options, "", parts); });
}
