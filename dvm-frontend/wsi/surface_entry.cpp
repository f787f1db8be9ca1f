// Answers what applications ask about surfaces, as drivers with X11 window systems do.
#include "wsi/surface_entry.h"

#include <algorithm>
#include <cstring>

#include "wsi/enumerate.h"
#include "wsi/guarded.h"
#include "wsi/headless_window.h"

namespace vgpu::wsi {
namespace {

constexpr VkPresentModeKHR kPresentModes[] = {VK_PRESENT_MODE_IMMEDIATE_KHR,
                                              VK_PRESENT_MODE_MAILBOX_KHR, VK_PRESENT_MODE_FIFO_KHR,
                                              VK_PRESENT_MODE_FIFO_RELAXED_KHR};

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

}  // namespace

std::span<const VkPresentModeKHR> present_modes() {
    return kPresentModes;
}

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
        *supported = look.layout != PixelLayout::Unknown && can_copy(driver, queue_family);
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
        capabilities->minImageCount = kMinImages;
        capabilities->maxImageCount = 0;  // as many as there is memory for
        set_extents(driver, look, *capabilities);
        capabilities->maxImageArrayLayers = 1;
        capabilities->supportedTransforms = VK_SURFACE_TRANSFORM_IDENTITY_BIT_KHR;
        capabilities->currentTransform = VK_SURFACE_TRANSFORM_IDENTITY_BIT_KHR;
        capabilities->supportedCompositeAlpha =
            VK_COMPOSITE_ALPHA_INHERIT_BIT_KHR |
            (look.has_alpha ? VK_COMPOSITE_ALPHA_PRE_MULTIPLIED_BIT_KHR
                            : VK_COMPOSITE_ALPHA_OPAQUE_BIT_KHR);
        capabilities->supportedUsageFlags = supported_usage(driver, look.layout);
        return VK_SUCCESS;
    });
}

VkResult get_surface_capabilities2(const PhysicalDriver& driver,
                                   const VkPhysicalDeviceSurfaceInfo2KHR& info,
                                   VkSurfaceCapabilities2KHR* capabilities) {
    auto* next = static_cast<VkBaseOutStructure*>(capabilities->pNext);
    for (; next != nullptr; next = next->pNext) {
        if (next->sType == VK_STRUCTURE_TYPE_SURFACE_PROTECTED_CAPABILITIES_KHR) {
            reinterpret_cast<VkSurfaceProtectedCapabilitiesKHR*>(next)->supportsProtected =
                VK_FALSE;
        }
    }
    return get_surface_capabilities(driver, *from_handle<Surface>(info.surface),
                                    &capabilities->surfaceCapabilities);
}

VkResult get_surface_formats(const PhysicalDriver& driver, Surface& surface, std::uint32_t* count,
                             VkSurfaceFormatKHR* formats) {
    return guarded([&] {
        WindowLook look;
        if (const VkResult result = surface.window->look(look); result != VK_SUCCESS) {
            return result;
        }
        const auto all = surface_formats(driver, look.layout);
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
        const auto all = surface_formats(driver, look.layout);
        return enumerate(std::span<const VkSurfaceFormatKHR>(all), count, formats,
                         [](VkSurfaceFormat2KHR& to, const VkSurfaceFormatKHR& from) {
                             to.surfaceFormat = from;
                         });
    });
}

VkResult get_surface_present_modes(Surface&, std::uint32_t* count, VkPresentModeKHR* modes) {
    return enumerate(present_modes(), count, modes);
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
