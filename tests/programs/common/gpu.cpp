// Creates devices.
#include "common/gpu.h"

#include <algorithm>

#include "common/error.h"

namespace vgpu::programs {

namespace {

constexpr std::uint32_t kMostQueues = 4;

VkPhysicalDeviceProperties properties_of(VkPhysicalDevice physical) {
    VkPhysicalDeviceProperties properties;
    vkGetPhysicalDeviceProperties(physical, &properties);
    if (properties.apiVersion < VK_API_VERSION_1_2)
        throw NotOffered("These programs want Vulkan 1.2; the device " +
                         std::string(properties.deviceName) + " is older.");
    return properties;
}

}  // namespace

Features::Features(VkPhysicalDevice physical, std::uint32_t api_version) {
    all.pNext = &v11;
    v11.pNext = &v12;
    v12.pNext = api_version >= VK_API_VERSION_1_3 ? &v13 : nullptr;
    vkGetPhysicalDeviceFeatures2(physical, &all);
}

Gpu::Gpu(const Instance& instance, std::uint32_t device_index,
         const std::vector<const char*>& wanted_extensions)
    : instance_(instance.get()),
      physical_(instance.physical_device(device_index)),
      properties_(properties_of(physical_)),
      features_(physical_, properties_.apiVersion) {
    vkGetPhysicalDeviceMemoryProperties(physical_, &memory_);
    choose_family();
    choose_extensions(wanted_extensions);
    choose_ray_features();
    create_device();
}

Gpu::~Gpu() {
    vkDeviceWaitIdle(device_);
    vkDestroyDevice(device_, nullptr);
}

void Gpu::choose_family() {
    std::uint32_t count = 0;
    vkGetPhysicalDeviceQueueFamilyProperties(physical_, &count, nullptr);
    std::vector<VkQueueFamilyProperties> families(count);
    vkGetPhysicalDeviceQueueFamilyProperties(physical_, &count, families.data());
    const VkQueueFlags wanted = VK_QUEUE_GRAPHICS_BIT | VK_QUEUE_COMPUTE_BIT;
    auto found = std::find_if(families.begin(), families.end(), [wanted](const auto& family) {
        return (family.queueFlags & wanted) == wanted;
    });
    if (found == families.end()) throw NotOffered("No queue family can both draw and compute.");
    family_ = static_cast<std::uint32_t>(found - families.begin());
    family_properties_ = *found;
}

void Gpu::choose_extensions(const std::vector<const char*>& wanted) {
    std::uint32_t count = 0;
    check(vkEnumerateDeviceExtensionProperties(physical_, nullptr, &count, nullptr));
    std::vector<VkExtensionProperties> offered(count);
    check(vkEnumerateDeviceExtensionProperties(physical_, nullptr, &count, offered.data()));
    for (std::string name : wanted)
        if (std::any_of(offered.begin(), offered.end(),
                        [&](const auto& extension) { return name == extension.extensionName; }))
            extensions_.push_back(name);
}

void Gpu::choose_ray_features() {
    void* chain = nullptr;
    const auto add = [&](const char* extension, auto& features) {
        if (!enables(extension)) return;
        features.pNext = chain;
        chain = &features;
    };
    add(VK_KHR_ACCELERATION_STRUCTURE_EXTENSION_NAME, features_.structures);
    add(VK_KHR_RAY_QUERY_EXTENSION_NAME, features_.ray_queries);
    add(VK_KHR_RAY_TRACING_PIPELINE_EXTENSION_NAME, features_.ray_pipelines);
    if (!chain) return;
    VkPhysicalDeviceFeatures2 asked{VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2, chain, {}};
    vkGetPhysicalDeviceFeatures2(physical_, &asked);
    // Natively these are offered too; they are not used, and drivers need not be asked to be ready.
    features_.structures.accelerationStructureCaptureReplay = VK_FALSE;
    features_.structures.accelerationStructureHostCommands = VK_FALSE;
    features_.ray_pipelines.rayTracingPipelineShaderGroupHandleCaptureReplay = VK_FALSE;
    features_.ray_pipelines.rayTracingPipelineShaderGroupHandleCaptureReplayMixed = VK_FALSE;
    auto* last = reinterpret_cast<VkBaseOutStructure*>(&features_.all);
    while (last->pNext) last = last->pNext;
    last->pNext = static_cast<VkBaseOutStructure*>(chain);
}

void Gpu::create_device() {
    const std::uint32_t queue_count = std::min(family_properties_.queueCount, kMostQueues);
    const std::vector<float> priorities(queue_count, 1.0f);
    VkDeviceQueueCreateInfo queue_info{VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO};
    queue_info.queueFamilyIndex = family_;
    queue_info.queueCount = queue_count;
    queue_info.pQueuePriorities = priorities.data();
    std::vector<const char*> names;
    for (const std::string& extension : extensions_) names.push_back(extension.c_str());
    VkDeviceCreateInfo info{VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO};
    info.pNext = &features_.all;
    info.queueCreateInfoCount = 1;
    info.pQueueCreateInfos = &queue_info;
    info.enabledExtensionCount = static_cast<std::uint32_t>(names.size());
    info.ppEnabledExtensionNames = names.data();
    check(vkCreateDevice(physical_, &info, nullptr, &device_));
    queues_.resize(queue_count);
    for (std::uint32_t i = 0; i < queue_count; ++i)
        vkGetDeviceQueue(device_, family_, i, &queues_[i]);
}

bool Gpu::enables(std::string_view extension) const {
    return std::find(extensions_.begin(), extensions_.end(), extension) != extensions_.end();
}

std::uint32_t Gpu::memory_type(std::uint32_t type_bits, VkMemoryPropertyFlags flags,
                               VkMemoryPropertyFlags preferred) const {
    for (VkMemoryPropertyFlags wanted : {flags | preferred, flags})
        for (std::uint32_t i = 0; i < memory_.memoryTypeCount; ++i)
            if ((type_bits >> i & 1) != 0 &&
                (memory_.memoryTypes[i].propertyFlags & wanted) == wanted)
                return i;
    throw NotOffered("No memory type has the properties " + std::to_string(flags) + ".");
}

}  // namespace vgpu::programs
