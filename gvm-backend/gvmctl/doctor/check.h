// What doctor's checks look at and what they report.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gvmctl/device.h"
#include "gvmctl/hypervisor.h"
#include "gvmctl/machine.h"
#include "gvmctl/xenstore.h"

namespace vgpu::gvmctl {

enum class Place : unsigned { Dom0 = 1, Gvm = 2, Dvm = 4 };

enum class Level { Ok, Warning, Problem };

struct Finding {
    Level level;
    std::string check;
    std::string found;   // a sentence with values
    std::string remedy;  // empty where there is nothing to do
};

// Everything a check may look at.
struct View {
    Place place;
    const Machine& machine;
    const Xenstore* store;         // null: cannot be reached
    const Hypervisor* hypervisor;  // null: may not be asked
    std::vector<Device> devices;   // those that this domain sees
};

// Collects what one check finds.
class Reporter {
  public:
    Reporter(std::string check, std::vector<Finding>& findings)
        : check_(std::move(check)), findings_(findings) {}

    void ok(const std::string& found) { add(Level::Ok, found, ""); }
    void warning(const std::string& found, const std::string& remedy) {
        add(Level::Warning, found, remedy);
    }
    void problem(const std::string& found, const std::string& remedy) {
        add(Level::Problem, found, remedy);
    }
    void add(Level level, const std::string& found, const std::string& remedy) {
        findings_.push_back({level, check_, found, remedy});
    }

  private:
    std::string check_;
    std::vector<Finding>& findings_;
};

struct Check {
    const char* name;
    unsigned places;  // of Place
    void (*run)(const View& view, Reporter& report);
};

// The checks of each file beside this one.
const std::vector<Check>& host_checks();    // Xen and dom0
const std::vector<Check>& device_checks();  // devices, seen from dom0
const std::vector<Check>& kernel_checks();  // a guest's kernel
const std::vector<Check>& guest_checks();   // a guest's programs

constexpr unsigned kDom0 = static_cast<unsigned>(Place::Dom0);
constexpr unsigned kGvm = static_cast<unsigned>(Place::Gvm);
constexpr unsigned kDvm = static_cast<unsigned>(Place::Dvm);

}  // namespace vgpu::gvmctl
