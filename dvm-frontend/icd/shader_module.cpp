// Shader modules: what is no SPIR-V is refused in the guest, and does not cost the context.
#include "entries.h"
#include "icd/forward.h"
#include "icd/spirv.h"

namespace vgpu::icd {

VKAPI_ATTR VkResult VKAPI_CALL
entry_vkCreateShaderModule(VkDevice device, const VkShaderModuleCreateInfo* pCreateInfo,
                           const VkAllocationCallbacks* pAllocator, VkShaderModule* pShaderModule) {
    (void)pAllocator;
    *pShaderModule = VK_NULL_HANDLE;
    Context& context = context_of(device);
    if (context.lost()) return VK_ERROR_DEVICE_LOST;
    if (!looks_like_spirv(pCreateInfo->pCode, pCreateInfo->codeSize))
        return VK_ERROR_INVALID_SHADER_NV;
    const wire::ObjectId id = context.new_id();
    if (id == 0) return VK_ERROR_OUT_OF_HOST_MEMORY;
    post(context, wire::Args_vkCreateShaderModule{
                      .device = device, .pCreateInfo = pCreateInfo, .pShaderModule = id});
    *pShaderModule = handle_of<VkShaderModule>(id);
    return VK_SUCCESS;
}

}  // namespace vgpu::icd
