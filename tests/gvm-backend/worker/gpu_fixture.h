// A Vulkan device of the host for tests, with the few things that the tests do on it.
#pragma once

#include <vulkan/vulkan.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace vgpu::worker {

inline void must(VkResult result, const char* what) {
    if (result != VK_SUCCESS) {
        throw std::runtime_error(std::string(what) + " answers " + std::to_string(result));
    }
}

// The first device of the host, lavapipe in the absence of a GPU, with one queue.
class GpuFixture {
  public:
    explicit GpuFixture(std::vector<const char*> extensions = {}, const void* features = nullptr) {
        VkApplicationInfo application{};
        application.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO;
        application.apiVersion = VK_API_VERSION_1_1;
        VkInstanceCreateInfo info{};
        info.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO;
        info.pApplicationInfo = &application;
        must(vkCreateInstance(&info, nullptr, &instance), "vkCreateInstance");
        std::uint32_t one = 1;
        const VkResult found = vkEnumeratePhysicalDevices(instance, &one, &physical);
        if (found != VK_INCOMPLETE) must(found, "vkEnumeratePhysicalDevices");
        const float priority = 1;
        VkDeviceQueueCreateInfo queue_info{};
        queue_info.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO;
        queue_info.queueCount = 1;
        queue_info.pQueuePriorities = &priority;
        VkDeviceCreateInfo device_info{};
        device_info.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO;
        device_info.pNext = features;
        device_info.queueCreateInfoCount = 1;
        device_info.pQueueCreateInfos = &queue_info;
        device_info.enabledExtensionCount = static_cast<std::uint32_t>(extensions.size());
        device_info.ppEnabledExtensionNames = extensions.data();
        must(vkCreateDevice(physical, &device_info, nullptr, &device), "vkCreateDevice");
        vkGetDeviceQueue(device, 0, 0, &queue);
        VkCommandPoolCreateInfo pool_info{};
        pool_info.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO;
        must(vkCreateCommandPool(device, &pool_info, nullptr, &pool), "vkCreateCommandPool");
    }
    ~GpuFixture() {
        vkDestroyCommandPool(device, pool, nullptr);
        vkDestroyDevice(device, nullptr);
        vkDestroyInstance(instance, nullptr);
    }
    GpuFixture(const GpuFixture&) = delete;
    GpuFixture& operator=(const GpuFixture&) = delete;

    VkBuffer make_buffer(VkDeviceSize bytes, const void* next = nullptr) {
        VkBufferCreateInfo info{};
        info.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO;
        info.pNext = next;
        info.size = bytes;
        info.usage = VK_BUFFER_USAGE_TRANSFER_SRC_BIT | VK_BUFFER_USAGE_TRANSFER_DST_BIT |
                     VK_BUFFER_USAGE_STORAGE_BUFFER_BIT;
        VkBuffer buffer;
        must(vkCreateBuffer(device, &info, nullptr, &buffer), "vkCreateBuffer");
        return buffer;
    }
    template <typename Record>
    VkCommandBuffer record(Record&& record_commands) {
        VkCommandBufferAllocateInfo info{};
        info.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO;
        info.commandPool = pool;
        info.commandBufferCount = 1;
        VkCommandBuffer commands;
        must(vkAllocateCommandBuffers(device, &info, &commands), "vkAllocateCommandBuffers");
        VkCommandBufferBeginInfo begin{};
        begin.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO;
        must(vkBeginCommandBuffer(commands, &begin), "vkBeginCommandBuffer");
        record_commands(commands);
        must(vkEndCommandBuffer(commands), "vkEndCommandBuffer");
        return commands;
    }
    void submit(VkCommandBuffer commands, VkFence fence = VK_NULL_HANDLE) {
        VkSubmitInfo info{};
        info.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO;
        info.commandBufferCount = commands != VK_NULL_HANDLE ? 1 : 0;
        info.pCommandBuffers = &commands;
        must(vkQueueSubmit(queue, 1, &info, fence), "vkQueueSubmit");
    }
    // The first type with these flags.
    std::uint32_t memory_type(VkMemoryPropertyFlags flags) const {
        VkPhysicalDeviceMemoryProperties memory;
        vkGetPhysicalDeviceMemoryProperties(physical, &memory);
        for (std::uint32_t i = 0; i < memory.memoryTypeCount; ++i) {
            if ((memory.memoryTypes[i].propertyFlags & flags) == flags) return i;
        }
        throw std::runtime_error("The GPU has no such memory type.");
    }

    VkInstance instance = VK_NULL_HANDLE;
    VkPhysicalDevice physical = VK_NULL_HANDLE;
    VkDevice device = VK_NULL_HANDLE;
    VkQueue queue = VK_NULL_HANDLE;
    VkCommandPool pool = VK_NULL_HANDLE;
};

}  // namespace vgpu::worker
