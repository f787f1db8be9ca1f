// The machine that gvmctl runs on: its files and commands. Tests give a command bad machines.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vgpu::gvmctl {

struct FileFacts {
    enum class Kind { File, Folder, Character, Socket, Other };
    Kind kind = Kind::File;
    unsigned mode = 0;  // permission bits
    unsigned owner = 0;
};

struct CommandResult {
    int status = 127;    // 127: there is no such program
    std::string output;  // stdout and stderr together
};

class Machine {
  public:
    virtual ~Machine() = default;
    virtual std::optional<std::string> file(const std::string& path) const = 0;
    virtual std::optional<FileFacts> facts(const std::string& path) const = 0;
    virtual std::vector<std::string> folder(const std::string& path) const = 0;  // sorted names
    // Runs a program to its end, with nothing on its stdin.
    virtual CommandResult run(const std::vector<std::string>& command) const = 0;
};

class RealMachine : public Machine {
  public:
    std::optional<std::string> file(const std::string& path) const override;
    std::optional<FileFacts> facts(const std::string& path) const override;
    std::vector<std::string> folder(const std::string& path) const override;
    CommandResult run(const std::vector<std::string>& command) const override;
};

}  // namespace vgpu::gvmctl
