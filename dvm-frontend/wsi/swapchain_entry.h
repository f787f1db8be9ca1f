// The device's half of the entry points: swapchains, their images and presenting.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "wsi/driver.h"
#include "wsi/platform.h"
#include "wsi/surface.h"
#include "wsi/swapchain.h"

namespace vgpu::wsi {

// What this library adds to a device.
std::span<const VkExtensionProperties> device_extensions();
// Sets the features that this library answers for in a chain behind VkPhysicalDeviceFeatures2.
void set_window_features(void* next);

// The driver outlives the swapchain.
VkResult create_swapchain(const Platform& platform, const Driver& driver,
                          const VkSwapchainCreateInfoKHR& info, Swapchain** swapchain);
void destroy_swapchain(Swapchain* swapchain);
VkResult get_swapchain_images(const Swapchain& swapchain, std::uint32_t* count, VkImage* images);
VkResult acquire_next_image(Swapchain& swapchain, std::uint64_t timeout_ns, VkSemaphore semaphore,
                            VkFence fence, std::uint32_t* index);
VkResult acquire_next_image2(const VkAcquireNextImageInfoKHR& info, std::uint32_t* index);
VkResult wait_for_present(Swapchain& swapchain, std::uint64_t id, std::uint64_t timeout_ns);
VkResult release_swapchain_images(const VkReleaseSwapchainImagesInfoEXT& info);
// `queue_family` is the one that `queue` is of.
VkResult queue_present(VkQueue queue, std::uint32_t queue_family, const VkPresentInfoKHR& info);

// A device group is this one device.
VkResult get_device_group_present_capabilities(VkDeviceGroupPresentCapabilitiesKHR* capabilities);
VkResult get_device_group_surface_present_modes(VkDeviceGroupPresentModeFlagsKHR* modes);

// vkCreateImage with VkImageSwapchainCreateInfoKHR: what to create instead, which stays valid as
// long as the swapchain. Null when `info` names no swapchain.
const VkImageCreateInfo* image_of_swapchain(const VkImageCreateInfo& info);

// vkBindImageMemory2 with VkBindImageMemorySwapchainInfoKHR: the memory to bind, at offset 0.
// Nothing when `info` names no swapchain; VK_NULL_HANDLE when it names an image that there is not.
std::optional<VkDeviceMemory> memory_of_swapchain(const VkBindImageMemoryInfo& info);

}  // namespace vgpu::wsi
