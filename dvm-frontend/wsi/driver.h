// The border of the window system code: the plain Vulkan functions that it is written on.
#pragma once

#include <vulkan/vulkan.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>

namespace vgpu::wsi {

// An allocation's bytes as a range of a file that another process of this guest can map.
struct ShareableRange {
    int fd = -1;  // stays the lender's
    std::size_t offset = 0;
    std::size_t bytes = 0;
};

#define VGPU_WSI_PHYSICAL_FUNCTIONS(X)   \
    X(GetPhysicalDeviceProperties)       \
    X(GetPhysicalDeviceFormatProperties) \
    X(GetPhysicalDeviceMemoryProperties) \
    X(GetPhysicalDeviceQueueFamilyProperties)

#define VGPU_WSI_DEVICE_FUNCTIONS(X) \
    X(CreateImage)                   \
    X(DestroyImage)                  \
    X(GetImageMemoryRequirements)    \
    X(BindImageMemory)               \
    X(CreateBuffer)                  \
    X(DestroyBuffer)                 \
    X(GetBufferMemoryRequirements)   \
    X(BindBufferMemory)              \
    X(AllocateMemory)                \
    X(FreeMemory)                    \
    X(MapMemory)                     \
    X(CreateFence)                   \
    X(DestroyFence)                  \
    X(ResetFences)                   \
    X(GetFenceStatus)                \
    X(CreateCommandPool)             \
    X(DestroyCommandPool)            \
    X(AllocateCommandBuffers)        \
    X(BeginCommandBuffer)            \
    X(EndCommandBuffer)              \
    X(CmdPipelineBarrier)            \
    X(CmdCopyImageToBuffer)          \
    X(QueueSubmit)

#define VGPU_WSI_DECLARE(name) PFN_vk##name name = nullptr;

// What surface queries need of a physical device.
struct PhysicalDriver {
    VkPhysicalDevice physical_device = VK_NULL_HANDLE;
    VGPU_WSI_PHYSICAL_FUNCTIONS(VGPU_WSI_DECLARE)
};

// What swapchains need of a device. Owned by the device's owner, at one address for as long as any
// swapchain of the device lives. The functions and hooks may be called from any thread and do not
// throw; QueueSubmit is only called where the application's own vkQueueSubmit could be.
struct Driver : PhysicalDriver {
    VkDevice device = VK_NULL_HANDLE;
    VGPU_WSI_DEVICE_FUNCTIONS(VGPU_WSI_DECLARE)

    // The shared pages behind a host-visible allocation, if it has any. May be empty.
    std::function<std::optional<ShareableRange>(VkDeviceMemory)> pages_of;
    // Signals either or both (null handles are left out) before anything that is submitted later
    // can wait for them.
    std::function<VkResult(VkSemaphore, VkFence)> signal_now;
    // True once the device is lost; cheap.
    std::function<bool()> device_lost;
    // Sleeps until done() is true, which it returns, or the deadline is over or the device lost.
    // done() is called on this thread alone, whenever a fence may have signalled, and after wake().
    using Done = std::function<bool()>;
    using Deadline = std::optional<std::chrono::steady_clock::time_point>;
    std::function<bool(const Done& done, Deadline deadline)> wait;
    std::function<void()> wake;
};

#undef VGPU_WSI_DECLARE

// Whether the queues of a family can copy an image, which is what presenting takes. May throw
// std::bad_alloc.
bool can_copy(const PhysicalDriver& driver, std::uint32_t queue_family);

// Fill the function pointers; the handles and hooks are the caller's. False when one is missing.
bool load_physical_functions(PhysicalDriver& driver, VkInstance instance,
                             PFN_vkGetInstanceProcAddr get_instance_proc_addr);
bool load_device_functions(Driver& driver, PFN_vkGetDeviceProcAddr get_device_proc_addr);

}  // namespace vgpu::wsi
