// xc_* over a table of domains.
#include "xen-fake/fake_xenctrl.h"

extern "C" {
#include <xenctrl.h>
}

#include <cerrno>
#include <map>

struct xc_interface_core {};

namespace {

struct Facts {
    std::string type;
    std::uint32_t grant_frames_max;
};
struct State {
    std::map<unsigned, Facts> domains;
    int open_error = 0, call_error = 0;
    std::size_t open = 0;
};
State& state() {
    static State state;
    return state;
}

int result(int value) {
    errno = state().call_error;
    return errno ? -1 : value;
}

}  // namespace

namespace vgpu::fake {

void reset_hypervisor() {
    const std::size_t open = state().open;
    state() = {};
    state().open = open;
}

void add_hypervisor_domain(unsigned domain, const std::string& type,
                           std::uint32_t grant_frames_max) {
    state().domains[domain] = {type, grant_frames_max};
}

void remove_hypervisor_domain(unsigned domain) {
    state().domains.erase(domain);
}

void fail_hypervisor(int open_error, int call_error) {
    state().open_error = open_error;
    state().call_error = call_error;
}

std::size_t open_hypervisors() {
    return state().open;
}

}  // namespace vgpu::fake

extern "C" {

xc_interface* xc_interface_open(xentoollog_logger*, xentoollog_logger*, unsigned) {
    errno = state().open_error;
    if (errno) return nullptr;
    ++state().open;
    return new xc_interface_core;
}

int xc_interface_close(xc_interface* interface) {
    --state().open;
    delete interface;
    return 0;
}

// As the real one, it begins with the first domain that is not below `first`.
int xc_domain_getinfolist(xc_interface*, std::uint32_t first, unsigned, xc_domaininfo_t* info) {
    const auto found = state().domains.lower_bound(first);
    if (found == state().domains.end()) return result(0);
    *info = {};
    info->domain = static_cast<domid_t>(found->first);
    if (found->second.type != "PV") info->flags = XEN_DOMINF_hvm_guest;
    info->arch_config.emulation_flags =
        found->second.type == "HVM" ? XEN_X86_EMU_ALL : XEN_X86_EMU_LAPIC;
    return result(1);
}

int xc_gnttab_query_size(xc_interface*, gnttab_query_size* query) {
    const auto found = state().domains.find(query->dom);
    query->status = found == state().domains.end() ? GNTST_bad_domain : GNTST_okay;
    if (query->status == GNTST_okay) {
        query->nr_frames = 1;
        query->max_nr_frames = found->second.grant_frames_max;
    }
    return result(0);
}

}  // extern "C"
