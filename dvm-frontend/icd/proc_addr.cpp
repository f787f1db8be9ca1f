// Looks up entry points: what is offered and enabled, and nothing else.
#include <algorithm>
#include <cstring>
#include <string_view>

#include "entries.h"
#include "icd/device.h"
#include "icd/instance.h"

namespace vgpu::icd {

namespace {

// Commands that are asked for without an instance (Vulkan specification, vkGetInstanceProcAddr).
bool is_global(std::string_view name) {
    return name == "vkCreateInstance" || name == "vkEnumerateInstanceVersion" ||
           name == "vkEnumerateInstanceExtensionProperties" ||
           name == "vkEnumerateInstanceLayerProperties";
}

// An instance offers the commands of its extensions, and of every device's.
bool offers(const Instance& instance, const Entry& entry) {
    if (entry.extensions.empty()) return true;
    return std::any_of(entry.extensions.begin(), entry.extensions.end(), [&](const char* name) {
        const wire::CarriedExtension* extension = wire::find_extension(name);
        if (!extension || instance.wire_match.breaks(name)) return false;
        return !extension->instance || instance.enabled.has(name);
    });
}

// Commands of a core version that the application did not ask for, or that the device has not, are
// none of the device's (Vulkan specification, vkGetDeviceProcAddr): a program may take a command
// that it finds for one that it can call.
bool has_version(const Device& device, std::uint32_t version) {
    const std::uint32_t asked = device.physical_device.instance.api_version;
    return version <= VK_API_VERSION_1_0 || (device.has_version(version) && version <= asked);
}

bool offers(const Device& device, const Entry& entry) {
    if (entry.extensions.empty()) return has_version(device, entry.version);
    return std::any_of(entry.extensions.begin(), entry.extensions.end(),
                       [&](const char* name) { return device.has_extension(name); });
}

}  // namespace

VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL entry_vkGetInstanceProcAddr(VkInstance instance,
                                                                     const char* pName) {
    if (!pName) return nullptr;
    const Entry* entry = find_entry(pName);
    if (!instance) {
        const bool global = is_global(pName) || std::strcmp(pName, "vkGetInstanceProcAddr") == 0;
        return entry && global ? entry->function : nullptr;
    }
    if (!entry || is_global(pName)) return nullptr;
    return offers(object_of<Instance>(instance), *entry) ? entry->function : nullptr;
}

VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL entry_vkGetDeviceProcAddr(VkDevice device,
                                                                   const char* pName) {
    if (!device || !pName) return nullptr;
    const Entry* entry = find_entry(pName);
    if (!entry || !entry->device_level) return nullptr;
    return offers(object_of<Device>(device), *entry) ? entry->function : nullptr;
}

}  // namespace vgpu::icd
