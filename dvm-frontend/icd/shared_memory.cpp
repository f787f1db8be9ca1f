// Writes and reads the last page.
#include "icd/shared_memory.h"

#include <cstring>
#include <utility>

#include "base/copy_once.h"
#include "entries.h"
#include "icd/instance.h"
#include "ring/layout.h"

namespace vgpu::icd {

namespace {

SharedMemory describe(PhysicalDevice& device, const VkMemoryAllocateInfo& info) {
    VkPhysicalDeviceIDProperties id{.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_ID_PROPERTIES};
    VkPhysicalDeviceProperties2 properties{.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2,
                                           .pNext = &id};
    entry_vkGetPhysicalDeviceProperties2(handle_of_object<VkPhysicalDevice>(device), &properties);
    SharedMemory described;
    described.bytes = info.allocationSize;
    described.type = info.memoryTypeIndex;
    std::memcpy(described.device, id.deviceUUID, VK_UUID_SIZE);
    std::memcpy(described.driver, id.driverUUID, VK_UUID_SIZE);
    return described;
}

// Of the memory and of the last page.
std::size_t region_bytes(const VkMemoryAllocateInfo& info) {
    return ring::whole_pages(info.allocationSize) + ring::kPageBytes;
}

std::uint8_t* last_page(const PageRange& pages) {
    return pages.data() + pages.size() - ring::kPageBytes;
}

}  // namespace

PageRange take_shareable(PhysicalDevice& device, const VkMemoryAllocateInfo& info) {
    PageRange pages = device.instance.pages.take_alone(region_bytes(info));
    if (!pages) return pages;
    const SharedMemory described = describe(device, info);
    std::memcpy(last_page(pages), &described, sizeof(described));
    return pages;
}

PageRange import_shared(PhysicalDevice& device, const VkMemoryAllocateInfo& info, int fd) {
    std::unique_ptr<transport::SharedRegion> region = device.context->transport().import_region(fd);
    if (!region || region->size() != region_bytes(info)) return {};
    PageRange pages = device.instance.pages.adopt(std::move(region));
    if (!pages) return pages;
    SharedMemory found;
    copy_once(&found, last_page(pages), sizeof(found));
    if (found == describe(device, info)) return pages;
    return {};
}

}  // namespace vgpu::icd
