// Gives every create and destroy an allocator of the application's own, and counts.
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "common/handles.h"
#include "objects/parts.h"

namespace vgpu::programs {

namespace {

// Any thread of the driver may call it. Sizes sit in front of what is handed out.
class CountingAllocator {
  public:
    const VkAllocationCallbacks* callbacks() const { return &callbacks_; }
    std::int64_t alive() const { return alive_; }

  private:
    static constexpr std::size_t kFront = 64;

    static CountingAllocator& self(void* user) { return *static_cast<CountingAllocator*>(user); }
    static VKAPI_ATTR void* VKAPI_CALL allocate(void* user, std::size_t size, std::size_t alignment,
                                                VkSystemAllocationScope) {
        if (alignment > kFront) return nullptr;
        auto* front = static_cast<std::byte*>(
            std::aligned_alloc(kFront, (size + 2 * kFront - 1) / kFront * kFront));
        if (front == nullptr) return nullptr;
        std::memcpy(front, &size, sizeof size);
        ++self(user).alive_;
        return front + kFront;
    }
    static VKAPI_ATTR void VKAPI_CALL free(void* user, void* memory) {
        if (memory == nullptr) return;
        std::free(static_cast<std::byte*>(memory) - kFront);
        --self(user).alive_;
    }
    static VKAPI_ATTR void* VKAPI_CALL reallocate(void* user, void* old, std::size_t size,
                                                  std::size_t alignment,
                                                  VkSystemAllocationScope scope) {
        if (size == 0) return free(user, old), nullptr;
        void* grown = allocate(user, size, alignment, scope);
        if (grown == nullptr || old == nullptr) return grown;
        std::size_t old_size;
        std::memcpy(&old_size, static_cast<std::byte*>(old) - kFront, sizeof old_size);
        std::memcpy(grown, old, std::min(size, old_size));
        free(user, old);
        return grown;
    }

    std::atomic<std::int64_t> alive_{0};
    VkAllocationCallbacks callbacks_{this, allocate, reallocate, free, nullptr, nullptr};
};

// Handle is named by the caller, because no argument shows it.
template <typename Handle, auto kCreate, auto kDestroy, typename Info>
void create_and_destroy(VkDevice device, const Info& info, const VkAllocationCallbacks* callbacks) {
    Handle handle{};
    check(kCreate(device, &info, callbacks, &handle));
    kDestroy(device, handle, callbacks);
}

void device_objects(VkDevice device, const VkAllocationCallbacks* callbacks) {
    create_and_destroy<VkFence, vkCreateFence, vkDestroyFence>(
        device, VkFenceCreateInfo{VK_STRUCTURE_TYPE_FENCE_CREATE_INFO}, callbacks);
    create_and_destroy<VkSemaphore, vkCreateSemaphore, vkDestroySemaphore>(
        device, VkSemaphoreCreateInfo{VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO}, callbacks);
    create_and_destroy<VkEvent, vkCreateEvent, vkDestroyEvent>(
        device, VkEventCreateInfo{VK_STRUCTURE_TYPE_EVENT_CREATE_INFO}, callbacks);
    create_and_destroy<VkPipelineLayout, vkCreatePipelineLayout, vkDestroyPipelineLayout>(
        device, VkPipelineLayoutCreateInfo{VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO},
        callbacks);
    VkBufferCreateInfo buffer{VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO};
    buffer.size = 64;
    buffer.usage = VK_BUFFER_USAGE_STORAGE_BUFFER_BIT;
    create_and_destroy<VkBuffer, vkCreateBuffer, vkDestroyBuffer>(device, buffer, callbacks);
    create_and_destroy<VkDeviceMemory, vkAllocateMemory, vkFreeMemory>(
        device, VkMemoryAllocateInfo{VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO, nullptr, 4096, 0},
        callbacks);
    create_and_destroy<VkSampler, vkCreateSampler, vkDestroySampler>(
        device, VkSamplerCreateInfo{VK_STRUCTURE_TYPE_SAMPLER_CREATE_INFO}, callbacks);
}

}  // namespace

void allocators(const Stage& stage) {
    CountingAllocator allocator;
    const VkAllocationCallbacks* callbacks = allocator.callbacks();
    VkApplicationInfo application{VK_STRUCTURE_TYPE_APPLICATION_INFO};
    application.apiVersion = VK_API_VERSION_1_3;
    VkInstanceCreateInfo instance_info{VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO};
    instance_info.pApplicationInfo = &application;
    VkInstance instance = VK_NULL_HANDLE;
    check(vkCreateInstance(&instance_info, callbacks, &instance));
    std::uint32_t one = 1;
    VkPhysicalDevice physical = VK_NULL_HANDLE;
    const VkResult found = vkEnumeratePhysicalDevices(instance, &one, &physical);
    stage.report.check(found == VK_SUCCESS || found == VK_INCOMPLETE,
                       "An instance with an allocator of its own finds a device.");
    const float priority = 1.0f;
    VkDeviceQueueCreateInfo queue{VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO};
    queue.queueCount = 1;
    queue.pQueuePriorities = &priority;
    VkDeviceCreateInfo device_info{VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO};
    device_info.queueCreateInfoCount = 1;
    device_info.pQueueCreateInfos = &queue;
    VkDevice device = VK_NULL_HANDLE;
    check(vkCreateDevice(physical, &device_info, callbacks, &device));
    device_objects(device, callbacks);
    vkDestroyDevice(device, callbacks);
    vkDestroyInstance(instance, callbacks);
    stage.report.check(allocator.alive() == 0, "All that is allocated is freed.");
    stage.report.value("allocators", "balanced");
}

}  // namespace vgpu::programs
