// Bindings, sorted.
#include "gate/layout.h"

#include <algorithm>

namespace vgpu::gate {

SetLayout::SetLayout(const VkDescriptorSetLayoutCreateInfo& info) {
    bindings.reserve(info.bindingCount);
    for (std::uint32_t i = 0; i < info.bindingCount; ++i) {
        const VkDescriptorSetLayoutBinding& binding = info.pBindings[i];
        bindings.push_back(
            {binding.binding, binding.descriptorType, binding.descriptorCount, binding.stageFlags});
    }
    std::sort(bindings.begin(), bindings.end(),
              [](const Binding& a, const Binding& b) { return a.number < b.number; });
}

const Binding* SetLayout::find(std::uint32_t number) const {
    const auto at =
        std::lower_bound(bindings.begin(), bindings.end(), number,
                         [](const Binding& one, std::uint32_t n) { return one.number < n; });
    return at != bindings.end() && at->number == number && at->count != 0 ? &*at : nullptr;
}

}  // namespace vgpu::gate
