// Finds out, by importing and using some, which memory types of a GPU can be guest pages.
#pragma once

#include <vulkan/vulkan.h>

#include <cstdint>
#include <string>

namespace vgpu::worker {

struct ImportFinding {
    std::uint32_t page_type_bits = 0;  // 0: the GPU cannot work on shared pages; mirror them
    std::string text;                  // what was seen, for the administrator
};

// Imports a shared memfd by VK_EXT_external_memory_host as each mappable type, lets the GPU copy
// within it, and looks at the result through another mapping. Vulkan's failures are findings.
ImportFinding probe_import(VkPhysicalDevice physical_device);

// Every type that can be mapped: those that copying can stand behind.
std::uint32_t host_visible_types(const VkPhysicalDeviceMemoryProperties& memory);

}  // namespace vgpu::worker
