// Pipeline caches: the host's stay on the host, the guest's data is a valid header and no more.
#include <algorithm>
#include <cstring>

#include "entries.h"
#include "icd/device.h"
#include "icd/forward.h"
#include "icd/wait.h"

namespace vgpu::icd {

namespace {

VkPipelineCacheHeaderVersionOne header_of(const Device& device) {
    const VkPhysicalDeviceProperties& properties = device.physical_device.properties;
    VkPipelineCacheHeaderVersionOne header{};
    header.headerSize = sizeof(header);
    header.headerVersion = VK_PIPELINE_CACHE_HEADER_VERSION_ONE;
    header.vendorID = properties.vendorID;
    header.deviceID = properties.deviceID;
    std::copy(std::begin(properties.pipelineCacheUUID), std::end(properties.pipelineCacheUUID),
              header.pipelineCacheUUID);
    return header;
}
static_assert(sizeof(VkPipelineCacheHeaderVersionOne) == 32);

}  // namespace

VKAPI_ATTR VkResult VKAPI_CALL entry_vkCreatePipelineCache(
    VkDevice device, const VkPipelineCacheCreateInfo* pCreateInfo,
    const VkAllocationCallbacks* pAllocator, VkPipelineCache* pPipelineCache) {
    (void)pAllocator;
    *pPipelineCache = VK_NULL_HANDLE;
    Context& context = context_of(device);
    if (context.lost()) return VK_ERROR_DEVICE_LOST;
    const wire::ObjectId id = context.new_id();
    if (id == 0) return VK_ERROR_OUT_OF_HOST_MEMORY;
    VkPipelineCacheCreateInfo info = *pCreateInfo;
    info.initialDataSize = 0;
    info.pInitialData = nullptr;
    // The host compiles when this guest's thread has long gone on to the next use of the cache: the
    // driver's own lock is needed there.
    info.flags &= ~VkPipelineCacheCreateFlags{VK_PIPELINE_CACHE_CREATE_EXTERNALLY_SYNCHRONIZED_BIT};
    post(context, wire::Args_vkCreatePipelineCache{
                      .device = device, .pCreateInfo = &info, .pPipelineCache = id});
    *pPipelineCache = handle_of<VkPipelineCache>(id);
    return VK_SUCCESS;
}

VKAPI_ATTR VkResult VKAPI_CALL entry_vkGetPipelineCacheData(VkDevice device,
                                                            VkPipelineCache pipelineCache,
                                                            size_t* pDataSize, void* pData) {
    (void)pipelineCache;
    const VkPipelineCacheHeaderVersionOne header = header_of(object_of<Device>(device));
    if (!pData) {
        *pDataSize = sizeof(header);
        return posted(context_of(device));
    }
    // Data is a header or nothing: a part of one would not be valid.
    if (*pDataSize < sizeof(header)) {
        *pDataSize = 0;
        return context_of(device).lost() ? VK_ERROR_DEVICE_LOST : VK_INCOMPLETE;
    }
    std::memcpy(pData, &header, sizeof(header));
    *pDataSize = sizeof(header);
    return posted(context_of(device));
}

}  // namespace vgpu::icd
