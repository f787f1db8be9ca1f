// Read from /local/domain, where the toolstack keeps the names.
#include "gvmctl/domains.h"

#include <algorithm>

#include "base/setup_error.h"
#include "transport/xen/tuning.h"

namespace vgpu::gvmctl {

using transport::xen::in_quotes;

std::optional<unsigned> parse_small_number(const std::string& text) {
    if (text.empty() || text.size() > 9) return {};
    if (!std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; })) {
        return {};
    }
    return static_cast<unsigned>(std::stoul(text));
}

std::vector<Domain> all_domains(const Xenstore& store) {
    std::vector<Domain> domains;
    for (const std::string& id : store.list("/local/domain")) {
        const auto number = parse_small_number(id);
        if (!number) continue;
        const auto name = store.read("/local/domain/" + id + "/name");
        if (name) domains.push_back({*number, *name});
    }
    std::sort(domains.begin(), domains.end(),
              [](const Domain& a, const Domain& b) { return a.id < b.id; });
    return domains;
}

std::optional<Domain> find_domain(const Xenstore& store, const std::string& name_or_id) {
    const auto domains = all_domains(store);
    for (const Domain& each : domains) {
        if (each.name == name_or_id) return each;
    }
    const auto id = parse_small_number(name_or_id);
    for (const Domain& each : domains) {
        if (id == each.id) return each;
    }
    return std::nullopt;
}

Domain need_domain(const Xenstore& store, const std::string& name_or_id) {
    if (const auto found = find_domain(store, name_or_id)) return *found;
    std::string names;
    for (const Domain& each : all_domains(store)) {
        names += (names.empty() ? "" : ", ") + each.name + " (" + std::to_string(each.id) + ")";
    }
    throw SetupError("There is no domain " + in_quotes(name_or_id) + ".",
                     "Those that run are " + names + "; start one with: xl create FILE.cfg");
}

}  // namespace vgpu::gvmctl
