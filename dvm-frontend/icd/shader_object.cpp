// Shader objects are posted as pipelines are; of their binaries the guest keeps none.
#include <algorithm>
#include <cstring>

#include "entries.h"
#include "icd/forward.h"
#include "icd/new_ids.h"
#include "icd/small_array.h"
#include "icd/spirv.h"
#include "icd/verdicts.h"

#ifdef VK_EXT_shader_object

namespace vgpu::icd {

namespace {

// What vkGetShaderBinaryDataEXT gives. An implementation may find any binary incompatible, and
// this one finds all: data of a guest must not reach the driver as if the driver had made it.
constexpr std::uint8_t kBinary[16] = {'x', 'e', 'n', '-', 'v', 'g', 'p', 'u'};

VkResult check(const VkShaderCreateInfoEXT& info) {
    if (info.codeType != VK_SHADER_CODE_TYPE_SPIRV_EXT) return VK_INCOMPATIBLE_SHADER_BINARY_EXT;
    return looks_like_spirv(static_cast<const std::uint32_t*>(info.pCode), info.codeSize)
               ? VK_SUCCESS
               : VK_ERROR_INVALID_SHADER_NV;
}

}  // namespace

VKAPI_ATTR VkResult VKAPI_CALL entry_vkCreateShadersEXT(VkDevice device, uint32_t createInfoCount,
                                                        const VkShaderCreateInfoEXT* pCreateInfos,
                                                        const VkAllocationCallbacks* pAllocator,
                                                        VkShaderEXT* pShaders) {
    (void)pAllocator;
    Context& context = context_of(device);
    std::fill_n(pShaders, createInfoCount, VkShaderEXT{});
    if (context.lost()) return VK_ERROR_DEVICE_LOST;
    // Stages that are linked are compiled together: one that is refused takes all along.
    for (std::uint32_t i = 0; i < createInfoCount; ++i) {
        const VkResult checked = check(pCreateInfos[i]);
        if (checked != VK_SUCCESS) return checked;
    }
    SmallArray<wire::ObjectId, 4> ids;
    SmallArray<VkResult, 4> verdicts;
    if (!verdicts.resize(createInfoCount) || !take_ids(context, createInfoCount, ids))
        return VK_ERROR_OUT_OF_HOST_MEMORY;
    post(context, wire::Args_vkCreateShadersEXT{.device = device,
                                                .createInfoCount = createInfoCount,
                                                .pCreateInfos = pCreateInfos,
                                                .pShaders = ids.data()});
    const VkResult verdict =
        ask_for_verdict(context, device, createInfoCount, ids.data(), verdicts.data());
    if (verdict != VK_SUCCESS) return verdict;
    for (std::uint32_t i = 0; i < createInfoCount; ++i)
        pShaders[i] = handle_of<VkShaderEXT>(ids[i]);
    return VK_SUCCESS;
}

VKAPI_ATTR VkResult VKAPI_CALL entry_vkGetShaderBinaryDataEXT(VkDevice device, VkShaderEXT shader,
                                                              size_t* pDataSize, void* pData) {
    (void)device;
    (void)shader;
    const std::size_t room = *pDataSize;
    *pDataSize = sizeof(kBinary);
    if (!pData) return VK_SUCCESS;
    if (room < sizeof(kBinary)) {
        *pDataSize = 0;
        return VK_INCOMPLETE;
    }
    std::memcpy(pData, kBinary, sizeof(kBinary));
    return VK_SUCCESS;
}

}  // namespace vgpu::icd

#endif
