// Render passes: posted, and remembered as far as pipelines need to know them.
#include "icd/render_pass.h"

#include <memory>
#include <new>

#include "entries.h"
#include "icd/forward.h"

namespace vgpu::icd {

namespace {

// `Info` is VkRenderPassCreateInfo or VkRenderPassCreateInfo2, whose subpasses look alike here.
template <typename Info>
void remember(RenderPass& pass, const Info& info) {
    pass.subpasses.resize(info.subpassCount);
    for (std::uint32_t i = 0; i < info.subpassCount; ++i) {
        const auto& subpass = info.pSubpasses[i];
        for (std::uint32_t c = 0; c < subpass.colorAttachmentCount; ++c)
            pass.subpasses[i].color |=
                subpass.pColorAttachments[c].attachment != VK_ATTACHMENT_UNUSED;
        const auto* depth_stencil = subpass.pDepthStencilAttachment;
        pass.subpasses[i].depth_stencil =
            depth_stencil && depth_stencil->attachment != VK_ATTACHMENT_UNUSED;
    }
}

template <typename Args, typename Info>
VkResult create(VkDevice device, const Info* info, VkRenderPass* made) {
    *made = VK_NULL_HANDLE;
    Context& context = context_of(device);
    if (context.lost()) return VK_ERROR_DEVICE_LOST;
    try {
        auto pass = std::make_unique<RenderPass>();
        remember(*pass, *info);
        pass->id = context.new_id();
        if (pass->id == 0) return VK_ERROR_OUT_OF_HOST_MEMORY;
        post(context, Args{.device = device, .pCreateInfo = info, .pRenderPass = pass->id});
        *made = handle_of_object<VkRenderPass>(*pass.release());
        return VK_SUCCESS;
    } catch (const std::bad_alloc&) {
        return VK_ERROR_OUT_OF_HOST_MEMORY;
    }
}

}  // namespace

VKAPI_ATTR VkResult VKAPI_CALL entry_vkCreateRenderPass(VkDevice device,
                                                        const VkRenderPassCreateInfo* pCreateInfo,
                                                        const VkAllocationCallbacks* pAllocator,
                                                        VkRenderPass* pRenderPass) {
    (void)pAllocator;
    return create<wire::Args_vkCreateRenderPass>(device, pCreateInfo, pRenderPass);
}

VKAPI_ATTR VkResult VKAPI_CALL entry_vkCreateRenderPass2(VkDevice device,
                                                         const VkRenderPassCreateInfo2* pCreateInfo,
                                                         const VkAllocationCallbacks* pAllocator,
                                                         VkRenderPass* pRenderPass) {
    (void)pAllocator;
    return create<wire::Args_vkCreateRenderPass2>(device, pCreateInfo, pRenderPass);
}

VKAPI_ATTR void VKAPI_CALL entry_vkDestroyRenderPass(VkDevice device, VkRenderPass renderPass,
                                                     const VkAllocationCallbacks* pAllocator) {
    (void)pAllocator;
    if (renderPass == VK_NULL_HANDLE) return;
    Context& context = context_of(device);
    const std::unique_ptr<RenderPass> pass(&object_of<RenderPass>(renderPass));
    context.order_after_all_channels();
    post(context, wire::Args_vkDestroyRenderPass{.device = device, .renderPass = renderPass});
    context.recycle_id(pass->id);
}

}  // namespace vgpu::icd
