// Over libxenctrl, and no other file includes it.
#include "gvmctl/hypervisor.h"

extern "C" {
#include <xenctrl.h>
}

#include <cerrno>
#include <cstring>

#include "base/setup_error.h"

namespace vgpu::gvmctl {

namespace {

std::string type_of(const xc_domaininfo_t& info) {
    if (!(info.flags & XEN_DOMINF_hvm_guest)) return "PV";
    // A PVH guest has no emulated device but its local APICs.
    const bool emulates = info.arch_config.emulation_flags & ~XEN_X86_EMU_LAPIC;
    return emulates ? "HVM" : "PVH";
}

}  // namespace

void Hypervisor::Close::operator()(xc_interface_core* interface) const {
    xc_interface_close(interface);
}

Hypervisor::Hypervisor() : interface_(xc_interface_open(nullptr, nullptr, 0)) {
    if (interface_) return;
    throw SetupError(std::string("The hypervisor cannot be asked: ") + std::strerror(errno) + ".",
                     "Run gvmctl as root in dom0, with the module xen_privcmd loaded.");
}

std::optional<DomainFacts> Hypervisor::domain(unsigned id) const {
    xc_domaininfo_t info{};
    const int found = xc_domain_getinfolist(interface_.get(), id, 1, &info);
    if (found < 0) {
        throw SetupError(std::string("The hypervisor tells nothing of domain ") +
                             std::to_string(id) + ": " + std::strerror(errno) + ".",
                         "Run gvmctl as root in dom0.");
    }
    if (found == 0 || info.domain != id) return std::nullopt;
    DomainFacts facts;
    facts.type = type_of(info);
    gnttab_query_size query{};
    query.dom = static_cast<domid_t>(id);
    if (xc_gnttab_query_size(interface_.get(), &query) == 0 && query.status == 0) {
        facts.grant_frames = query.nr_frames;
        facts.grant_frames_max = query.max_nr_frames;
    }
    return facts;
}

}  // namespace vgpu::gvmctl
