// Answers what applications ask about surfaces, as drivers with window systems of their own do.
#include "wsi/surface_entry.h"

#include <algorithm>
#include <cstring>

#include "wsi/enumerate.h"
#include "wsi/guarded.h"
#include "wsi/headless_window.h"

namespace vgpu::wsi {
namespace {

// Where a window has no size of its own, it takes that of the swapchain.
constexpr std::uint32_t kAnyExtent = 0xffffffff;

void set_extents(const PhysicalDriver& driver, const WindowLook& look,
                 VkSurfaceCapabilitiesKHR& capabilities) {
    if (look.extent) {
        capabilities.currentExtent = *look.extent;
        capabilities.minImageExtent = *look.extent;
        capabilities.maxImageExtent = *look.extent;
        return;
    }
    VkPhysicalDeviceProperties properties{};
    driver.GetPhysicalDeviceProperties(driver.physical_device, &properties);
    const std::uint32_t side = properties.limits.maxImageDimension2D;
    capabilities.currentExtent = {kAnyExtent, kAnyExtent};
    capabilities.minImageExtent = {1, 1};
    capabilities.maxImageExtent = {side, side};
}

// A swapchain's mode may change with each present: the present thread serves all of them.
void answer(const Window& window, VkSurfacePresentModeCompatibilityEXT& compatible) {
    enumerate(window.present_modes(), &compatible.presentModeCount, compatible.pPresentModes);
}

// A picture is shown as large as it is.
void answer(const VkSurfaceCapabilitiesKHR& all, VkSurfacePresentScalingCapabilitiesEXT& scaling) {
    scaling.supportedPresentScaling = 0;
    scaling.supportedPresentGravityX = 0;
    scaling.supportedPresentGravityY = 0;
    scaling.minScaledImageExtent = all.minImageExtent;
    scaling.maxScaledImageExtent = all.maxImageExtent;
}

// One structure of the chain behind VkSurfaceCapabilities2KHR.
void answer(const Window& window, const VkSurfaceCapabilitiesKHR& all, VkBaseOutStructure& asked) {
    switch (asked.sType) {
        case VK_STRUCTURE_TYPE_SURFACE_PROTECTED_CAPABILITIES_KHR:
            reinterpret_cast<VkSurfaceProtectedCapabilitiesKHR&>(asked).supportsProtected =
                VK_FALSE;
            break;
        case VK_STRUCTURE_TYPE_SURFACE_PRESENT_MODE_COMPATIBILITY_EXT:
            answer(window, reinterpret_cast<VkSurfacePresentModeCompatibilityEXT&>(asked));
            break;
        case VK_STRUCTURE_TYPE_SURFACE_PRESENT_SCALING_CAPABILITIES_EXT:
            answer(all, reinterpret_cast<VkSurfacePresentScalingCapabilitiesEXT&>(asked));
            break;
        default:
            break;
    }
}

}  // namespace

VkResult create_headless_surface(Platform&, const VkHeadlessSurfaceCreateInfoEXT&,
                                 Surface** surface) {
    return guarded([&] {
        *surface = new Surface(std::make_unique<HeadlessWindow>());
        return VK_SUCCESS;
    });
}

void destroy_surface(Surface* surface) {
    delete surface;
}

VkResult get_surface_support(const PhysicalDriver& driver, std::uint32_t queue_family,
                             Surface& surface, VkBool32* supported) {
    return guarded([&] {
        *supported = VK_FALSE;
        WindowLook look;
        if (const VkResult result = surface.window->look(look); result != VK_SUCCESS) {
            return result;
        }
        *supported = !look.layouts.empty() && can_copy(driver, queue_family);
        return VK_SUCCESS;
    });
}

VkResult get_surface_capabilities(const PhysicalDriver& driver, Surface& surface,
                                  VkSurfaceCapabilitiesKHR* capabilities) {
    return guarded([&] {
        WindowLook look;
        if (const VkResult result = surface.window->look(look); result != VK_SUCCESS) {
            return result;
        }
        *capabilities = {};
        capabilities->minImageCount = look.min_images;
        capabilities->maxImageCount = 0;  // as many as there is memory for
        set_extents(driver, look, *capabilities);
        capabilities->maxImageArrayLayers = 1;
        capabilities->supportedTransforms = VK_SURFACE_TRANSFORM_IDENTITY_BIT_KHR;
        capabilities->currentTransform = VK_SURFACE_TRANSFORM_IDENTITY_BIT_KHR;
        capabilities->supportedCompositeAlpha = look.composite_alpha;
        capabilities->supportedUsageFlags = supported_usage(driver, look.layouts);
        return VK_SUCCESS;
    });
}

VkResult get_surface_capabilities2(const PhysicalDriver& driver,
                                   const VkPhysicalDeviceSurfaceInfo2KHR& info,
                                   VkSurfaceCapabilities2KHR* capabilities) {
    Surface& surface = *from_handle<Surface>(info.surface);
    VkSurfaceCapabilitiesKHR& all = capabilities->surfaceCapabilities;
    const VkResult result = get_surface_capabilities(driver, surface, &all);
    if (result != VK_SUCCESS) return result;
    auto* next = static_cast<VkBaseOutStructure*>(capabilities->pNext);
    for (; next != nullptr; next = next->pNext) answer(*surface.window, all, *next);
    return VK_SUCCESS;
}

VkResult get_surface_formats(const PhysicalDriver& driver, Surface& surface, std::uint32_t* count,
                             VkSurfaceFormatKHR* formats) {
    return guarded([&] {
        WindowLook look;
        if (const VkResult result = surface.window->look(look); result != VK_SUCCESS) {
            return result;
        }
        const auto all = surface_formats(driver, look.layouts);
        return enumerate<VkSurfaceFormatKHR>(all, count, formats);
    });
}

VkResult get_surface_formats2(const PhysicalDriver& driver,
                              const VkPhysicalDeviceSurfaceInfo2KHR& info, std::uint32_t* count,
                              VkSurfaceFormat2KHR* formats) {
    return guarded([&] {
        WindowLook look;
        Surface& surface = *from_handle<Surface>(info.surface);
        if (const VkResult result = surface.window->look(look); result != VK_SUCCESS) {
            return result;
        }
        const auto all = surface_formats(driver, look.layouts);
        return enumerate(std::span<const VkSurfaceFormatKHR>(all), count, formats,
                         [](VkSurfaceFormat2KHR& to, const VkSurfaceFormatKHR& from) {
                             to.surfaceFormat = from;
                         });
    });
}

VkResult get_surface_present_modes(Surface& surface, std::uint32_t* count,
                                   VkPresentModeKHR* modes) {
    return enumerate(surface.window->present_modes(), count, modes);
}

VkResult get_present_rectangles(Surface& surface, std::uint32_t* count, VkRect2D* rectangles) {
    return guarded([&] {
        WindowLook look;
        if (const VkResult result = surface.window->look(look); result != VK_SUCCESS) {
            return result;
        }
        const VkRect2D whole{{0, 0}, look.extent.value_or(VkExtent2D{kAnyExtent, kAnyExtent})};
        return enumerate(std::span(&whole, 1), count, rectangles);
    });
}

}  // namespace vgpu::wsi
