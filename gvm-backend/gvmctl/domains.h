// The domains of this host, by name and by number.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gvmctl/xenstore.h"

namespace vgpu::gvmctl {

struct Domain {
    unsigned id = 0;
    std::string name;
};

std::vector<Domain> all_domains(const Xenstore& store);
// By name, or by number when no name is like it.
std::optional<Domain> find_domain(const Xenstore& store, const std::string& name_or_id);
// Throws SetupError that names those that there are.
Domain need_domain(const Xenstore& store, const std::string& name_or_id);

// A whole decimal number of at most nine digits.
std::optional<unsigned> parse_small_number(const std::string& text);

}  // namespace vgpu::gvmctl
