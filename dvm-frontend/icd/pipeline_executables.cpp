// What a driver tells of its compiled pipelines, where the wire cannot carry it.
#include "entries.h"
#include "icd/forward.h"
#include "icd/wait.h"

namespace vgpu::icd {

// A driver may have none, and the properties and statistics of an executable are carried.
VKAPI_ATTR VkResult VKAPI_CALL entry_vkGetPipelineExecutableInternalRepresentationsKHR(
    VkDevice device, const VkPipelineExecutableInfoKHR* pExecutableInfo,
    uint32_t* pInternalRepresentationCount,
    VkPipelineExecutableInternalRepresentationKHR* pInternalRepresentations) {
    (void)pExecutableInfo;
    (void)pInternalRepresentations;
    *pInternalRepresentationCount = 0;
    return posted(context_of(device));
}

}  // namespace vgpu::icd
