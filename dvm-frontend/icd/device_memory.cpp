// Allocates and maps memory: host-visible memory is pages of this guest, so mapping never crosses.
#include "icd/device_memory.h"

#include <new>

#include "entries.h"
#include "icd/device.h"
#include "icd/forward.h"
#include "icd/instance.h"
#include "icd/shared_memory.h"
#include "ring/layout.h"
#include "wire/chain.h"
#include "wsi/guarded.h"

namespace vgpu::icd {

namespace {

// What could never be granted does not cross.
bool fits(const PhysicalDevice& device, const VkMemoryAllocateInfo& info) {
    if (info.memoryTypeIndex >= device.memory.memoryTypeCount) return false;
    const VkMemoryType& type = device.memory.memoryTypes[info.memoryTypeIndex];
    return info.allocationSize <= device.memory.memoryHeaps[type.heapIndex].size;
}

VkResult call_allocate(VkDevice device, const VkMemoryAllocateInfo& info, DeviceMemory& memory) {
    const bool paged = static_cast<bool>(memory.pages);
    const wire::Args_vgpuAllocateMemory args{.device = device,
                                             .pAllocateInfo = &info,
                                             .region = paged ? memory.pages.region() : 0,
                                             .offset = paged ? memory.pages.offset() : 0,
                                             .pMemory = memory.id};
    wire::Reply_vgpuAllocateMemory reply{};
    if (!call(context_of(device), args, reply)) return VK_ERROR_DEVICE_LOST;
    return reply.result;
}

// The descriptor of an import, or nothing.
const VkImportMemoryFdInfoKHR* imported(const VkMemoryAllocateInfo& info) {
    const auto* import = find_in_chain<VkImportMemoryFdInfoKHR>(
        info.pNext, VK_STRUCTURE_TYPE_IMPORT_MEMORY_FD_INFO_KHR);
    return import && import->handleType != 0 ? import : nullptr;
}

bool exported(const VkMemoryAllocateInfo& info) {
    const auto* exported = find_in_chain<VkExportMemoryAllocateInfo>(
        info.pNext, VK_STRUCTURE_TYPE_EXPORT_MEMORY_ALLOCATE_INFO);
    return exported && exported->handleTypes != 0;
}

VkResult import_pages(PhysicalDevice& device, const VkMemoryAllocateInfo& info,
                      const VkImportMemoryFdInfoKHR& import, DeviceMemory& memory) {
    if (import.handleType == VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT &&
        device.host_visible(info.memoryTypeIndex))
        memory.pages = import_shared(device, info, import.fd);
    memory.shareable = true;
    return memory.pages ? VK_SUCCESS : VK_ERROR_INVALID_EXTERNAL_HANDLE;
}

// Guest pages for memory that the application can map, or share.
VkResult take_pages(PhysicalDevice& device, const VkMemoryAllocateInfo& info,
                    DeviceMemory& memory) {
    if (const VkImportMemoryFdInfoKHR* import = imported(info))
        return import_pages(device, info, *import, memory);
    memory.shareable = exported(info);
    if (!device.host_visible(info.memoryTypeIndex))
        return memory.shareable ? VK_ERROR_OUT_OF_DEVICE_MEMORY : VK_SUCCESS;
    memory.pages = memory.shareable
                       ? take_shareable(device, info)
                       : device.instance.pages.take(ring::whole_pages(info.allocationSize));
    return memory.pages ? VK_SUCCESS : VK_ERROR_OUT_OF_DEVICE_MEMORY;
}

VkResult allocate(VkDevice handle, const VkMemoryAllocateInfo& info, VkDeviceMemory* allocated) {
    Device& device = object_of<Device>(handle);
    if (!fits(device.physical_device, info)) return VK_ERROR_OUT_OF_DEVICE_MEMORY;
    auto memory = std::make_unique<DeviceMemory>();
    memory->size = info.allocationSize;
    memory->type = info.memoryTypeIndex;
    VkResult result = take_pages(device.physical_device, info, *memory);
    if (result != VK_SUCCESS) return device.context->lost() ? VK_ERROR_DEVICE_LOST : result;
    memory->id = device.context->new_id();
    if (memory->id == 0) return VK_ERROR_OUT_OF_HOST_MEMORY;
    result = call_allocate(handle, info, *memory);
    if (result != VK_SUCCESS) {
        device.context->recycle_id(memory->id);
        return result;
    }
    // It is ours with success alone.
    if (const VkImportMemoryFdInfoKHR* import = imported(info)) UniqueFd(import->fd).reset();
    *allocated = handle_of_object<VkDeviceMemory>(*memory.release());
    return VK_SUCCESS;
}

}  // namespace

std::optional<wsi::ShareableRange> pages_of(VkDeviceMemory memory) {
    const PageRange& pages = object_of<DeviceMemory>(memory).pages;
    if (!pages || pages.fd() < 0) return std::nullopt;
    return wsi::ShareableRange{pages.fd(), pages.offset(), pages.size()};
}

VKAPI_ATTR VkResult VKAPI_CALL entry_vkAllocateMemory(VkDevice device,
                                                      const VkMemoryAllocateInfo* pAllocateInfo,
                                                      const VkAllocationCallbacks*,
                                                      VkDeviceMemory* pMemory) {
    *pMemory = VK_NULL_HANDLE;
    return wsi::guarded([&] { return allocate(device, *pAllocateInfo, pMemory); });
}

VKAPI_ATTR VkResult VKAPI_CALL entry_vkGetMemoryFdKHR(VkDevice device,
                                                      const VkMemoryGetFdInfoKHR* pGetFdInfo,
                                                      int* pFd) {
    *pFd = -1;
    const DeviceMemory& memory = object_of<DeviceMemory>(pGetFdInfo->memory);
    if (!memory.shareable) return VK_ERROR_OUT_OF_HOST_MEMORY;
    return wsi::guarded([&] {
        *pFd = context_of(device).transport().export_region(memory.pages.whole_region()).release();
        return *pFd >= 0 ? VK_SUCCESS : VK_ERROR_TOO_MANY_OBJECTS;
    });
}

// Asked of descriptors that Vulkan did not make, of which none can be imported.
VKAPI_ATTR VkResult VKAPI_CALL
entry_vkGetMemoryFdPropertiesKHR(VkDevice, VkExternalMemoryHandleTypeFlagBits, int,
                                 VkMemoryFdPropertiesKHR* pMemoryFdProperties) {
    pMemoryFdProperties->memoryTypeBits = 0;
    return VK_ERROR_INVALID_EXTERNAL_HANDLE;
}

// The pages may be taken again at once: who takes them allocates with a call, which the host
// answers after it has executed this.
VKAPI_ATTR void VKAPI_CALL entry_vkFreeMemory(VkDevice device, VkDeviceMemory memory,
                                              const VkAllocationCallbacks*) {
    if (!memory) return;
    Context& context = context_of(device);
    context.order_after_all_channels();
    post(context, wire::Args_vkFreeMemory{.device = device, .memory = memory});
    context.recycle_id(id_of(memory));
    delete &object_of<DeviceMemory>(memory);
}

VKAPI_ATTR VkResult VKAPI_CALL entry_vkMapMemory(VkDevice, VkDeviceMemory memory,
                                                 VkDeviceSize offset, VkDeviceSize,
                                                 VkMemoryMapFlags, void** ppData) {
    *ppData = nullptr;
    const DeviceMemory& mapped = object_of<DeviceMemory>(memory);
    if (!mapped.pages || offset >= mapped.size) return VK_ERROR_MEMORY_MAP_FAILED;
    // Also when the device is lost: what is mapped stays valid (Vulkan specification, "Lost
    // Device").
    *ppData = mapped.pages.data() + offset;
    return VK_SUCCESS;
}

VKAPI_ATTR void VKAPI_CALL entry_vkUnmapMemory(VkDevice, VkDeviceMemory) {}

#ifdef VK_KHR_map_memory2
VKAPI_ATTR VkResult VKAPI_CALL entry_vkMapMemory2KHR(VkDevice device,
                                                     const VkMemoryMapInfoKHR* pMemoryMapInfo,
                                                     void** ppData) {
    return entry_vkMapMemory(device, pMemoryMapInfo->memory, pMemoryMapInfo->offset,
                             pMemoryMapInfo->size, pMemoryMapInfo->flags, ppData);
}

VKAPI_ATTR VkResult VKAPI_CALL entry_vkUnmapMemory2KHR(VkDevice, const VkMemoryUnmapInfoKHR*) {
    return VK_SUCCESS;
}
#endif

// Guest pages are coherent in the guest's eyes: the host looks at them at submits and completions.
VKAPI_ATTR VkResult VKAPI_CALL entry_vkFlushMappedMemoryRanges(VkDevice, uint32_t,
                                                               const VkMappedMemoryRange*) {
    return VK_SUCCESS;
}

VKAPI_ATTR VkResult VKAPI_CALL entry_vkInvalidateMappedMemoryRanges(VkDevice, uint32_t,
                                                                    const VkMappedMemoryRange*) {
    return VK_SUCCESS;
}

}  // namespace vgpu::icd
