// The instance's half of the entry points: surfaces and what can be asked about them.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "wsi/driver.h"
#include "wsi/platform.h"
#include "wsi/surface.h"

struct VkXcbSurfaceCreateInfoKHR;
struct VkXlibSurfaceCreateInfoKHR;
struct xcb_connection_t;
struct _XDisplay;
struct VkWaylandSurfaceCreateInfoKHR;
struct wl_display;

namespace vgpu::wsi {

// What this library adds to an instance here and now: surfaces of window systems are left out where
// those' libraries are not installed. May throw std::bad_alloc.
std::vector<VkExtensionProperties> instance_extensions();

// VK_ERROR_INITIALIZATION_FAILED where the window system's library is missing.
VkResult create_xcb_surface(Platform& platform, const VkXcbSurfaceCreateInfoKHR& info,
                            Surface** surface);
VkResult create_xlib_surface(Platform& platform, const VkXlibSurfaceCreateInfoKHR& info,
                             Surface** surface);
VkResult create_wayland_surface(Platform& platform, const VkWaylandSurfaceCreateInfoKHR& info,
                                Surface** surface);
VkResult create_headless_surface(Platform& platform, const VkHeadlessSurfaceCreateInfoEXT& info,
                                 Surface** surface);
void destroy_surface(Surface* surface);

VkBool32 get_xcb_presentation_support(Platform& platform, const PhysicalDriver& driver,
                                      std::uint32_t queue_family, xcb_connection_t* connection,
                                      std::uint32_t visual);
VkBool32 get_xlib_presentation_support(Platform& platform, const PhysicalDriver& driver,
                                       std::uint32_t queue_family, _XDisplay* display,
                                       unsigned long visual);
VkBool32 get_wayland_presentation_support(Platform& platform, const PhysicalDriver& driver,
                                          std::uint32_t queue_family, wl_display* display);

// As vkGetPhysicalDeviceSurface*KHR; VK_ERROR_SURFACE_LOST_KHR when the window is gone.
VkResult get_surface_support(const PhysicalDriver& driver, std::uint32_t queue_family,
                             Surface& surface, VkBool32* supported);
VkResult get_surface_capabilities(const PhysicalDriver& driver, Surface& surface,
                                  VkSurfaceCapabilitiesKHR* capabilities);
VkResult get_surface_capabilities2(const PhysicalDriver& driver,
                                   const VkPhysicalDeviceSurfaceInfo2KHR& info,
                                   VkSurfaceCapabilities2KHR* capabilities);
VkResult get_surface_formats(const PhysicalDriver& driver, Surface& surface, std::uint32_t* count,
                             VkSurfaceFormatKHR* formats);
VkResult get_surface_formats2(const PhysicalDriver& driver,
                              const VkPhysicalDeviceSurfaceInfo2KHR& info, std::uint32_t* count,
                              VkSurfaceFormat2KHR* formats);
VkResult get_surface_present_modes(Surface& surface, std::uint32_t* count, VkPresentModeKHR* modes);
VkResult get_present_rectangles(Surface& surface, std::uint32_t* count, VkRect2D* rectangles);

}  // namespace vgpu::wsi
