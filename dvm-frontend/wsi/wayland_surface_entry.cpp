// Makes surfaces of Wayland windows.
#include <vulkan/vulkan.h>
#include <vulkan/vulkan_wayland.h>

#include "wsi/guarded.h"
#include "wsi/surface_entry.h"
#include "wsi/wayland_window.h"

namespace vgpu::wsi {

VkResult create_wayland_surface(Platform& platform, const VkWaylandSurfaceCreateInfoKHR& info,
                                Surface** surface) {
    return guarded([&] {
        const WaylandLibrary* wayland = platform.wayland();
        if (wayland == nullptr) return VK_ERROR_INITIALIZATION_FAILED;
        *surface = new Surface(std::make_unique<WaylandWindow>(*wayland, platform.options(),
                                                               info.display, info.surface));
        return VK_SUCCESS;
    });
}

VkBool32 get_wayland_presentation_support(Platform& platform, const PhysicalDriver& driver,
                                          std::uint32_t queue_family, wl_display* display) {
    bool supported = false;
    const VkResult result = guarded([&] {
        const WaylandLibrary* wayland = platform.wayland();
        if (wayland == nullptr || !can_copy(driver, queue_family)) return VK_SUCCESS;
        const auto connection = WaylandConnection::open(*wayland, display);
        supported = connection && !connection->layouts().empty();
        return VK_SUCCESS;
    });
    return result == VK_SUCCESS && supported;
}

}  // namespace vgpu::wsi
