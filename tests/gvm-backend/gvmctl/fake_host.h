// A Xen host for tests of gvmctl: dom0, a GVM, a DVM, and files and commands as a test wants them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "gvmctl/machine.h"
#include "xen-fake/fake_xenctrl.h"
#include "xen-fake/fake_xenstore.h"

namespace vgpu::gvmctl {

// A machine that has what a test gives it.
class FakeMachine : public Machine {
  public:
    std::map<std::string, std::string> files;
    std::map<std::string, FileFacts> nodes;  // those that are no plain files
    // By the whole command, its words with blanks between; what is not there is not installed.
    std::map<std::string, CommandResult> commands;
    mutable std::vector<std::string> ran;

    std::optional<std::string> file(const std::string& path) const override;
    std::optional<FileFacts> facts(const std::string& path) const override;
    std::vector<std::string> folder(const std::string& path) const override;
    CommandResult run(const std::vector<std::string>& command) const override;
};

struct Outcome {
    int status = 0;
    std::string out, error;
    std::string all() const { return out + error; }
};

// Dom0 with the GVM "gvm" (3) and the DVM "dvm" (5), which has 600 grant frames.
class FakeHost {
  public:
    FakeHost();

    FakeMachine machine;

    // gvmctl with these arguments, in the domain that this thread is in.
    Outcome gvmctl(const std::vector<std::string>& arguments) const;
};

bool contains(const std::string& text, const std::string& part);

inline const std::string kFrontend = "/local/domain/5/device/vgpu/0";
inline const std::string kBackend = "/local/domain/3/backend/vgpu/5/0";

}  // namespace vgpu::gvmctl
