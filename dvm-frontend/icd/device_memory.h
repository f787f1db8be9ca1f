// Device memory as the guest knows it: guest pages where the application can map it.
#pragma once

#include <cstdint>
#include <optional>

#include "icd/object.h"
#include "icd/page_pool.h"
#include "wsi/driver.h"

namespace vgpu::icd {

// Owned by the application, from vkAllocateMemory to vkFreeMemory.
struct DeviceMemory : wire::GuestObject {
    VkDeviceSize size = 0;  // as the application asked for it
    std::uint32_t type = 0;
    // Empty for memory that the guest cannot map.
    PageRange pages;
    bool shareable = false;  // the pages are a region of their own, which ends in a SharedMemory
};

// The guest pages behind an allocation, as another process of this guest can map them.
std::optional<wsi::ShareableRange> pages_of(VkDeviceMemory memory);

}  // namespace vgpu::icd
