// A render pass as the guest knows it: which kinds of attachments its subpasses have.
#pragma once

#include <cstdint>
#include <vector>

#include "icd/object.h"

namespace vgpu::icd {

// Owned by the application; constant once made. A graphics pipeline's state for attachments that
// its subpass has not is ignored, and may point anywhere (Vulkan specification,
// VkGraphicsPipelineCreateInfo).
struct RenderPass : wire::GuestObject {
    struct Subpass {
        bool color = false;
        bool depth_stencil = false;
    };
    // Of a subpass that is not there: everything, so that nothing is left out.
    Subpass subpass(std::uint32_t index) const {
        return index < subpasses.size() ? subpasses[index] : Subpass{true, true};
    }

    std::vector<Subpass> subpasses;
};

}  // namespace vgpu::icd
