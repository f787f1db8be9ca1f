// Generated from the Vulkan registry by ring-protocol/generator; do not edit.
// Extensions by name.
#include "extensions.h"

#include <algorithm>
#include <cstring>

namespace vgpu::wire {

static constexpr CarriedExtension kCarriedTable[] = {
    {"VK_EXT_strobe", false, false},
};
static constexpr RefusedExtension kRefusedTable[] = {
    {"VK_EXT_curtain", "the registry disables it"},
    {"VK_EXT_wiring", "a wire's descriptor has no meaning in another domain"},
};

const std::span<const CarriedExtension> kCarriedExtensions{kCarriedTable};
const std::span<const RefusedExtension> kRefusedExtensions{kRefusedTable};

const CarriedExtension* find_extension(const char* name) {
    const auto at = std::lower_bound(
        kCarriedExtensions.begin(), kCarriedExtensions.end(), name,
        [](const CarriedExtension& e, const char* wanted) { return std::strcmp(e.name, wanted) < 0; });
    return at != kCarriedExtensions.end() && std::strcmp(at->name, name) == 0 ? &*at : nullptr;
}

}  // namespace vgpu::wire
