// Lists of extension names, checked and amended.
#pragma once

#include <vulkan/vulkan.h>

#include <cstdint>
#include <cstring>
#include <vector>

namespace vgpu::replay {

inline bool contains(const std::vector<const char*>& names, const char* name) {
    for (const char* each : names)
        if (std::strcmp(each, name) == 0) return true;
    return false;
}

inline bool contains(const std::vector<VkExtensionProperties>& offered, const char* name) {
    for (const VkExtensionProperties& each : offered)
        if (std::strcmp(each.extensionName, name) == 0) return true;
    return false;
}

// Adds `name` if the host offers it and nobody asked for it yet.
inline bool add_if_offered(std::vector<const char*>& names,
                           const std::vector<VkExtensionProperties>& offered, const char* name) {
    if (contains(names, name)) return true;
    if (!contains(offered, name)) return false;
    names.push_back(name);
    return true;
}

}  // namespace vgpu::replay
