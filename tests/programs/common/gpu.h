// A device with all its core features on and one queue of the most able family.
#pragma once

#include <vulkan/vulkan.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/instance.h"

namespace vgpu::programs {

// The core features that a device offers, as one chain. Points into itself: stays where it is.
struct Features {
    explicit Features(VkPhysicalDevice physical, std::uint32_t api_version);
    Features(const Features&) = delete;
    Features& operator=(const Features&) = delete;

    VkPhysicalDeviceFeatures2 all{VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2};
    VkPhysicalDeviceVulkan11Features v11{VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_FEATURES};
    VkPhysicalDeviceVulkan12Features v12{VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES};
    VkPhysicalDeviceVulkan13Features v13{VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_3_FEATURES};
    // Of ray tracing: in the chain where the extension is enabled.
    VkPhysicalDeviceAccelerationStructureFeaturesKHR structures{
        VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_ACCELERATION_STRUCTURE_FEATURES_KHR};
    VkPhysicalDeviceRayQueryFeaturesKHR ray_queries{
        VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_RAY_QUERY_FEATURES_KHR};
    VkPhysicalDeviceRayTracingPipelineFeaturesKHR ray_pipelines{
        VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_RAY_TRACING_PIPELINE_FEATURES_KHR};
};

// Owned by main(), which also owns the Instance. Immutable once made, so every thread may read it;
// the queue is for one thread at a time.
class Gpu {
  public:
    // Enables every core feature offered, and those of `wanted_extensions` that are offered.
    // Throws NotOffered below Vulkan 1.2 and where no queue can draw and compute.
    Gpu(const Instance& instance, std::uint32_t device_index,
        const std::vector<const char*>& wanted_extensions = {});
    ~Gpu();
    Gpu(const Gpu&) = delete;
    Gpu& operator=(const Gpu&) = delete;

    VkInstance instance() const { return instance_; }
    VkPhysicalDevice physical() const { return physical_; }
    VkDevice device() const { return device_; }
    VkQueue queue() const { return queues_.front(); }
    // All queues of the family, the main one first.
    const std::vector<VkQueue>& queues() const { return queues_; }
    std::uint32_t family() const { return family_; }
    const VkQueueFamilyProperties& family_properties() const { return family_properties_; }
    const VkPhysicalDeviceProperties& properties() const { return properties_; }
    const Features& features() const { return features_; }
    std::uint32_t api_version() const { return properties_.apiVersion; }

    bool enables(std::string_view extension) const;
    // Acceleration structures and queries of them.
    bool traces_rays() const {
        return features_.structures.accelerationStructure && features_.ray_queries.rayQuery;
    }
    // A type among `type_bits` that has all `flags`, and if it can be all `preferred` too.
    std::uint32_t memory_type(std::uint32_t type_bits, VkMemoryPropertyFlags flags,
                              VkMemoryPropertyFlags preferred = 0) const;
    template <typename Function>
    Function load(const char* name) const {
        return reinterpret_cast<Function>(vkGetDeviceProcAddr(device_, name));
    }

  private:
    void choose_family();
    void choose_extensions(const std::vector<const char*>& wanted);
    void choose_ray_features();
    void create_device();

    VkInstance instance_;
    VkPhysicalDevice physical_;
    VkPhysicalDeviceProperties properties_;
    Features features_;
    VkPhysicalDeviceMemoryProperties memory_{};
    VkQueueFamilyProperties family_properties_{};
    std::uint32_t family_ = 0;
    std::vector<std::string> extensions_;
    VkDevice device_ = VK_NULL_HANDLE;
    std::vector<VkQueue> queues_;
};

}  // namespace vgpu::programs
