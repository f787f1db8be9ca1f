// A Vulkan layer that drops draws, dispatches and their state: "a very fast GPU", so that what
// remains to be measured is the way there. What carries data or signals somebody is kept.
#include <algorithm>
#include <cstring>
#include <type_traits>

#include "chain.h"

namespace vgpu::null_layer {

namespace {

struct Entry {
    const char* name;
    PFN_vkVoidFunction function;
};

// A function with the parameters of a command that does nothing. The few commands that return
// something return a VkResult, and 0 is success.
template <typename Function>
struct Dropped;
template <typename Result, typename... Arguments>
struct Dropped<Result(VKAPI_PTR*)(Arguments...)> {
    static VKAPI_ATTR Result VKAPI_CALL call(Arguments...) {
        if constexpr (!std::is_void_v<Result>) return Result{};
    }
};

template <typename Function>
PFN_vkVoidFunction erase(Function function) {
    return reinterpret_cast<PFN_vkVoidFunction>(function);
}

// Sorted by name, as list_commands.py writes it.
const Entry kDropped[] = {
#define DROP(name) {#name, erase(Dropped<PFN_##name>::call)},
#include "null_commands.inc"
#undef DROP
};

PFN_vkVoidFunction find_dropped(const char* name) {
    const auto* found = std::lower_bound(
        std::begin(kDropped), std::end(kDropped), name,
        [](const Entry& entry, const char* key) { return std::strcmp(entry.name, key) < 0; });
    const bool same = found != std::end(kDropped) && std::strcmp(found->name, name) == 0;
    return same ? found->function : nullptr;
}

VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL get_instance_proc(VkInstance instance, const char* name);

VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL get_device_proc(VkDevice device, const char* name) {
    if (std::strcmp(name, "vkGetDeviceProcAddr") == 0) return erase(get_device_proc);
    if (std::strcmp(name, "vkDestroyDevice") == 0) return erase(destroy_device);
    const PFN_vkVoidFunction next = next_devices.get(device).get_proc(device, name);
    // A command that the driver does not have stays absent.
    if (next == nullptr) return nullptr;
    const PFN_vkVoidFunction dropped = find_dropped(name);
    return dropped != nullptr ? dropped : next;
}

PFN_vkVoidFunction get_instance_proc(VkInstance instance, const char* name) {
    const Entry own[] = {{"vkGetInstanceProcAddr", erase(get_instance_proc)},
                         {"vkGetDeviceProcAddr", erase(get_device_proc)},
                         {"vkCreateInstance", erase(create_instance)},
                         {"vkDestroyInstance", erase(destroy_instance)},
                         {"vkCreateDevice", erase(create_device)},
                         {"vkDestroyDevice", erase(destroy_device)}};
    for (const Entry& entry : own)
        if (std::strcmp(entry.name, name) == 0) return entry.function;
    if (instance == VK_NULL_HANDLE) return nullptr;
    const PFN_vkVoidFunction next = next_instances.get(instance).get_proc(instance, name);
    const PFN_vkVoidFunction dropped = next == nullptr ? nullptr : find_dropped(name);
    return dropped != nullptr ? dropped : next;
}

}  // namespace

}  // namespace vgpu::null_layer

extern "C" __attribute__((visibility("default"))) VkResult VKAPI_CALL
vkNegotiateLoaderLayerInterfaceVersion(VkNegotiateLayerInterface* negotiation) {
    // Version 2 is the first one that hands over functions in this way.
    if (negotiation->loaderLayerInterfaceVersion < 2) return VK_ERROR_INITIALIZATION_FAILED;
    negotiation->loaderLayerInterfaceVersion = 2;
    negotiation->pfnGetInstanceProcAddr = vgpu::null_layer::get_instance_proc;
    negotiation->pfnGetDeviceProcAddr = vgpu::null_layer::get_device_proc;
    negotiation->pfnGetPhysicalDeviceProcAddr = nullptr;
    return VK_SUCCESS;
}
