// Machines on which doctor finds nothing, for tests that spoil one thing at a time.
#pragma once

#include <functional>
#include <string>

#include "fake_host.h"

namespace vgpu::gvmctl {

// Each with the device of "dvm" attached and connected.
struct HealthyDom0 : FakeHost {
    HealthyDom0();
};
struct HealthyGvm : FakeHost {
    HealthyGvm();
};
struct HealthyDvm : FakeHost {
    HealthyDvm();
};

// One thing that is wrong, and the line that doctor has to print.
template <typename Host>
struct Ailment {
    std::function<void(Host&)> spoil;
    std::string line;    // what the line begins with: "problem  silo: Xen runs"
    std::string remedy;  // what it says of the remedy
};

// The line of `text` that begins so; empty when there is none.
std::string line_of(const std::string& text, const std::string& begin);

// Spoils a fresh host, runs doctor in `domain` and looks for the line, as text and as data.
void check_found(const Outcome& text, const Outcome& json, const std::string& line,
                 const std::string& remedy);

template <typename Host>
void check_ailment(const Ailment<Host>& ailment, unsigned domain) {
    Host host;
    ailment.spoil(host);
    const fake::InDomain in(domain);
    check_found(host.gvmctl({"doctor"}), host.gvmctl({"doctor", "--json"}), ailment.line,
                ailment.remedy);
}

}  // namespace vgpu::gvmctl
