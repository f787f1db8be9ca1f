// Where this layer hangs in the loader's chain: the next layer's (or the driver's) way in.
#pragma once

#include <vulkan/vk_layer.h>
#include <vulkan/vulkan.h>

#include <map>
#include <mutex>
#include <shared_mutex>

namespace vgpu::null_layer {

// What follows an instance or a device. The loader gives both in the create-info's chain.
struct NextInstance {
    PFN_vkGetInstanceProcAddr get_proc = nullptr;
    PFN_vkDestroyInstance destroy = nullptr;
};
struct NextDevice {
    PFN_vkGetDeviceProcAddr get_proc = nullptr;
    PFN_vkDestroyDevice destroy = nullptr;
};

// Finds a value by a dispatchable handle: all handles that belong together begin with the same
// pointer, which the loader puts there. One for the whole library: a layer has no other place to
// keep anything. Any thread may use it.
template <typename Value>
class ByHandle {
  public:
    void put(const void* handle, const Value& value) {
        std::unique_lock lock(mutex_);
        values_[key(handle)] = value;
    }
    Value get(const void* handle) const {
        std::shared_lock lock(mutex_);
        auto found = values_.find(key(handle));
        return found == values_.end() ? Value{} : found->second;
    }
    Value take(const void* handle) {
        std::unique_lock lock(mutex_);
        auto node = values_.extract(key(handle));
        return node.empty() ? Value{} : node.mapped();
    }

  private:
    static const void* key(const void* handle) { return *static_cast<void* const*>(handle); }
    mutable std::shared_mutex mutex_;
    std::map<const void*, Value> values_;
};

extern ByHandle<NextInstance> next_instances;
extern ByHandle<NextDevice> next_devices;

VKAPI_ATTR VkResult VKAPI_CALL create_instance(const VkInstanceCreateInfo* info,
                                               const VkAllocationCallbacks* allocator,
                                               VkInstance* instance);
VKAPI_ATTR void VKAPI_CALL destroy_instance(VkInstance instance,
                                            const VkAllocationCallbacks* allocator);
VKAPI_ATTR VkResult VKAPI_CALL create_device(VkPhysicalDevice physical,
                                             const VkDeviceCreateInfo* info,
                                             const VkAllocationCallbacks* allocator,
                                             VkDevice* device);
VKAPI_ATTR void VKAPI_CALL destroy_device(VkDevice device, const VkAllocationCallbacks* allocator);

}  // namespace vgpu::null_layer
