// The frame of every test program: options, parts that can be chosen, and the exit status.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "common/command_line.h"
#include "common/gpu.h"
#include "common/report.h"

namespace vgpu::programs {

// Exit statuses: everything holds / something does not / this machine cannot run it.
inline constexpr int kExitPass = 0;
inline constexpr int kExitFail = 1;
inline constexpr int kExitSkip = 77;

// The options that every program understands.
struct CommonOptions {
    explicit CommonOptions(CommandLine& line);
    std::uint32_t& device;
    bool& validate;
    std::string& only;
};

// What a part of a program is given.
struct Stage {
    const Gpu& gpu;
    Report& report;
    std::string out;         // the directory for pictures, or empty
    bool validated = false;  // the validation layer is listening

    // Prints the hash of an RGBA picture and, with --out, writes it.
    void picture(const std::string& name, VkExtent2D extent, std::span<const std::byte> rgba) const;
};

struct Part {
    std::string name;
    std::function<void(const Stage&)> run;
};

// Runs the parts (or the one that --only names) on one device, and returns the exit status.
int run_parts(const CommonOptions& options, const std::string& out, const std::vector<Part>& parts,
              const std::vector<const char*>& wanted_extensions = {});

// Calls `body` and turns its exceptions into words on stderr and an exit status.
int guarded(const std::function<int()>& body);

}  // namespace vgpu::programs
