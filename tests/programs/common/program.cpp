// Runs the parts of a program.
#include "common/program.h"

#include <cstdio>
#include <exception>
#include <stdexcept>

#include "common/error.h"
#include "common/png.h"

namespace vgpu::programs {

CommonOptions::CommonOptions(CommandLine& line)
    : device(line.number("--device", 0, "which device, in the driver's order")),
      validate(line.flag("--validate", "run under the Khronos validation layer; errors fail")),
      only(line.text("--only", "PART", "run this part alone")) {}

void Stage::picture(const std::string& name, VkExtent2D extent,
                    std::span<const std::byte> rgba) const {
    report.hash(name, rgba);
    if (!out.empty()) write_png(out + "/" + name + ".png", extent.width, extent.height, rgba);
}

int run_parts(const CommonOptions& options, const std::string& out, const std::vector<Part>& parts,
              const std::vector<const char*>& wanted_extensions) {
    const Instance instance(options.validate);
    Report report;
    bool found = false;
    {
        const Gpu gpu(instance, options.device, wanted_extensions);
        for (const Part& part : parts) {
            if (!options.only.empty() && options.only != part.name) continue;
            found = true;
            part.run(Stage{gpu, report, out, options.validate});
        }
    }
    if (!found) {
        std::fprintf(stderr, "There is no part '%s'; there are:", options.only.c_str());
        for (const Part& part : parts) std::fprintf(stderr, " %s", part.name.c_str());
        std::fprintf(stderr, ".\n");
    }
    report.check(instance.validation_errors() == 0, "The validation layer has no objection.");
    return found && report.failures() == 0 ? kExitPass : kExitFail;
}

int guarded(const std::function<int()>& body) {
    try {
        return body();
    } catch (const NotOffered& reason) {
        std::fprintf(stderr, "Skipped: %s\n", reason.what());
        return kExitSkip;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return kExitFail;
    }
}

}  // namespace vgpu::programs
