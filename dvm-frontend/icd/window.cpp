// The entry points of windows: surfaces and swapchains live in the guest (dvm-frontend/wsi).
#include "entries.h"
#include "icd/device.h"
#include "icd/instance.h"
#include "icd/local_id.h"
#include "icd/queue.h"
#include "wsi/surface_entry.h"
#include "wsi/swapchain_entry.h"

namespace vgpu::icd {

namespace {

const wsi::PhysicalDriver& driver_of(VkPhysicalDevice device) {
    return object_of<PhysicalDevice>(device).window_driver;
}
wsi::Platform& platform_of(VkInstance instance) {
    return object_of<Instance>(instance).window_platform;
}
wsi::Platform& platform_of(VkPhysicalDevice device) {
    return object_of<PhysicalDevice>(device).instance.window_platform;
}
wsi::Surface& surface_of(VkSurfaceKHR surface) {
    return *wsi::from_handle<wsi::Surface>(surface);
}
wsi::Swapchain& swapchain_of(VkSwapchainKHR swapchain) {
    return *wsi::from_handle<wsi::Swapchain>(swapchain);
}
// The new object's handle, or null. Private data knows the object by its id: the next one may lie
// at the same address.
template <typename Handle, typename Object>
Handle known(Object* object) {
    if (object) object->id = new_local_id();
    return wsi::to_handle<Handle>(object);
}

}  // namespace

VKAPI_ATTR VkResult VKAPI_CALL
entry_vkCreateXcbSurfaceKHR(VkInstance instance, const VkXcbSurfaceCreateInfoKHR* pCreateInfo,
                            const VkAllocationCallbacks*, VkSurfaceKHR* pSurface) {
    wsi::Surface* surface = nullptr;
    const VkResult result = wsi::create_xcb_surface(platform_of(instance), *pCreateInfo, &surface);
    *pSurface = known<VkSurfaceKHR>(surface);
    return result;
}

VKAPI_ATTR VkResult VKAPI_CALL
entry_vkCreateXlibSurfaceKHR(VkInstance instance, const VkXlibSurfaceCreateInfoKHR* pCreateInfo,
                             const VkAllocationCallbacks*, VkSurfaceKHR* pSurface) {
    wsi::Surface* surface = nullptr;
    const VkResult result = wsi::create_xlib_surface(platform_of(instance), *pCreateInfo, &surface);
    *pSurface = known<VkSurfaceKHR>(surface);
    return result;
}

VKAPI_ATTR VkResult VKAPI_CALL entry_vkCreateWaylandSurfaceKHR(
    VkInstance instance, const VkWaylandSurfaceCreateInfoKHR* pCreateInfo,
    const VkAllocationCallbacks*, VkSurfaceKHR* pSurface) {
    wsi::Surface* surface = nullptr;
    const VkResult result =
        wsi::create_wayland_surface(platform_of(instance), *pCreateInfo, &surface);
    *pSurface = known<VkSurfaceKHR>(surface);
    return result;
}

VKAPI_ATTR VkBool32 VKAPI_CALL entry_vkGetPhysicalDeviceWaylandPresentationSupportKHR(
    VkPhysicalDevice physicalDevice, uint32_t queueFamilyIndex, wl_display* display) {
    return wsi::get_wayland_presentation_support(
        platform_of(physicalDevice), driver_of(physicalDevice), queueFamilyIndex, display);
}

VKAPI_ATTR VkResult VKAPI_CALL entry_vkCreateHeadlessSurfaceEXT(
    VkInstance instance, const VkHeadlessSurfaceCreateInfoEXT* pCreateInfo,
    const VkAllocationCallbacks*, VkSurfaceKHR* pSurface) {
    wsi::Surface* surface = nullptr;
    const VkResult result =
        wsi::create_headless_surface(platform_of(instance), *pCreateInfo, &surface);
    *pSurface = known<VkSurfaceKHR>(surface);
    return result;
}

VKAPI_ATTR void VKAPI_CALL entry_vkDestroySurfaceKHR(VkInstance, VkSurfaceKHR surface,
                                                     const VkAllocationCallbacks*) {
    wsi::destroy_surface(wsi::from_handle<wsi::Surface>(surface));
}

VKAPI_ATTR VkBool32 VKAPI_CALL entry_vkGetPhysicalDeviceXcbPresentationSupportKHR(
    VkPhysicalDevice physicalDevice, uint32_t queueFamilyIndex, xcb_connection_t* connection,
    xcb_visualid_t visual_id) {
    return wsi::get_xcb_presentation_support(platform_of(physicalDevice), driver_of(physicalDevice),
                                             queueFamilyIndex, connection, visual_id);
}

VKAPI_ATTR VkBool32 VKAPI_CALL entry_vkGetPhysicalDeviceXlibPresentationSupportKHR(
    VkPhysicalDevice physicalDevice, uint32_t queueFamilyIndex, Display* dpy, VisualID visualID) {
    return wsi::get_xlib_presentation_support(
        platform_of(physicalDevice), driver_of(physicalDevice), queueFamilyIndex, dpy, visualID);
}

VKAPI_ATTR VkResult VKAPI_CALL entry_vkGetPhysicalDeviceSurfaceSupportKHR(
    VkPhysicalDevice physicalDevice, uint32_t queueFamilyIndex, VkSurfaceKHR surface,
    VkBool32* pSupported) {
    return wsi::get_surface_support(driver_of(physicalDevice), queueFamilyIndex,
                                    surface_of(surface), pSupported);
}

VKAPI_ATTR VkResult VKAPI_CALL entry_vkGetPhysicalDeviceSurfaceCapabilitiesKHR(
    VkPhysicalDevice physicalDevice, VkSurfaceKHR surface,
    VkSurfaceCapabilitiesKHR* pSurfaceCapabilities) {
    return wsi::get_surface_capabilities(driver_of(physicalDevice), surface_of(surface),
                                         pSurfaceCapabilities);
}

VKAPI_ATTR VkResult VKAPI_CALL entry_vkGetPhysicalDeviceSurfaceCapabilities2KHR(
    VkPhysicalDevice physicalDevice, const VkPhysicalDeviceSurfaceInfo2KHR* pSurfaceInfo,
    VkSurfaceCapabilities2KHR* pSurfaceCapabilities) {
    return wsi::get_surface_capabilities2(driver_of(physicalDevice), *pSurfaceInfo,
                                          pSurfaceCapabilities);
}

VKAPI_ATTR VkResult VKAPI_CALL entry_vkGetPhysicalDeviceSurfaceFormatsKHR(
    VkPhysicalDevice physicalDevice, VkSurfaceKHR surface, uint32_t* pSurfaceFormatCount,
    VkSurfaceFormatKHR* pSurfaceFormats) {
    return wsi::get_surface_formats(driver_of(physicalDevice), surface_of(surface),
                                    pSurfaceFormatCount, pSurfaceFormats);
}

VKAPI_ATTR VkResult VKAPI_CALL entry_vkGetPhysicalDeviceSurfaceFormats2KHR(
    VkPhysicalDevice physicalDevice, const VkPhysicalDeviceSurfaceInfo2KHR* pSurfaceInfo,
    uint32_t* pSurfaceFormatCount, VkSurfaceFormat2KHR* pSurfaceFormats) {
    return wsi::get_surface_formats2(driver_of(physicalDevice), *pSurfaceInfo, pSurfaceFormatCount,
                                     pSurfaceFormats);
}

VKAPI_ATTR VkResult VKAPI_CALL entry_vkGetPhysicalDeviceSurfacePresentModesKHR(
    VkPhysicalDevice, VkSurfaceKHR surface, uint32_t* pPresentModeCount,
    VkPresentModeKHR* pPresentModes) {
    return wsi::get_surface_present_modes(surface_of(surface), pPresentModeCount, pPresentModes);
}

VKAPI_ATTR VkResult VKAPI_CALL entry_vkGetPhysicalDevicePresentRectanglesKHR(VkPhysicalDevice,
                                                                             VkSurfaceKHR surface,
                                                                             uint32_t* pRectCount,
                                                                             VkRect2D* pRects) {
    return wsi::get_present_rectangles(surface_of(surface), pRectCount, pRects);
}

VKAPI_ATTR VkResult VKAPI_CALL entry_vkGetDeviceGroupPresentCapabilitiesKHR(
    VkDevice, VkDeviceGroupPresentCapabilitiesKHR* pDeviceGroupPresentCapabilities) {
    return wsi::get_device_group_present_capabilities(pDeviceGroupPresentCapabilities);
}

VKAPI_ATTR VkResult VKAPI_CALL entry_vkGetDeviceGroupSurfacePresentModesKHR(
    VkDevice, VkSurfaceKHR, VkDeviceGroupPresentModeFlagsKHR* pModes) {
    return wsi::get_device_group_surface_present_modes(pModes);
}

VKAPI_ATTR VkResult VKAPI_CALL
entry_vkCreateSwapchainKHR(VkDevice device, const VkSwapchainCreateInfoKHR* pCreateInfo,
                           const VkAllocationCallbacks*, VkSwapchainKHR* pSwapchain) {
    const Device& owner = object_of<Device>(device);
    wsi::Swapchain* swapchain = nullptr;
    const VkResult result = wsi::create_swapchain(owner.physical_device.instance.window_platform,
                                                  owner.window_driver, *pCreateInfo, &swapchain);
    *pSwapchain = known<VkSwapchainKHR>(swapchain);
    return result;
}

VKAPI_ATTR void VKAPI_CALL entry_vkDestroySwapchainKHR(VkDevice, VkSwapchainKHR swapchain,
                                                       const VkAllocationCallbacks*) {
    wsi::destroy_swapchain(wsi::from_handle<wsi::Swapchain>(swapchain));
}

VKAPI_ATTR VkResult VKAPI_CALL entry_vkGetSwapchainImagesKHR(VkDevice, VkSwapchainKHR swapchain,
                                                             uint32_t* pSwapchainImageCount,
                                                             VkImage* pSwapchainImages) {
    return wsi::get_swapchain_images(swapchain_of(swapchain), pSwapchainImageCount,
                                     pSwapchainImages);
}

VKAPI_ATTR VkResult VKAPI_CALL entry_vkAcquireNextImageKHR(VkDevice, VkSwapchainKHR swapchain,
                                                           uint64_t timeout, VkSemaphore semaphore,
                                                           VkFence fence, uint32_t* pImageIndex) {
    return wsi::acquire_next_image(swapchain_of(swapchain), timeout, semaphore, fence, pImageIndex);
}

VKAPI_ATTR VkResult VKAPI_CALL entry_vkAcquireNextImage2KHR(
    VkDevice, const VkAcquireNextImageInfoKHR* pAcquireInfo, uint32_t* pImageIndex) {
    return wsi::acquire_next_image2(*pAcquireInfo, pImageIndex);
}

VKAPI_ATTR VkResult VKAPI_CALL entry_vkWaitForPresentKHR(VkDevice, VkSwapchainKHR swapchain,
                                                         uint64_t presentId, uint64_t timeout) {
    return wsi::wait_for_present(swapchain_of(swapchain), presentId, timeout);
}

VKAPI_ATTR VkResult VKAPI_CALL
entry_vkReleaseSwapchainImagesEXT(VkDevice, const VkReleaseSwapchainImagesInfoEXT* pReleaseInfo) {
    return wsi::release_swapchain_images(*pReleaseInfo);
}

VKAPI_ATTR VkResult VKAPI_CALL entry_vkQueuePresentKHR(VkQueue queue,
                                                       const VkPresentInfoKHR* pPresentInfo) {
    const Queue& presents = object_of<Queue>(queue);
    presents.device->context->count_frame();
    return wsi::queue_present(queue, presents.family, *pPresentInfo);
}

}  // namespace vgpu::icd
