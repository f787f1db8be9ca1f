// Tells which surfaces there can be on this machine.
#include <xcb/xcb.h>
// As X11/Xlib.h declares them, whose macros would spoil other names.
typedef struct _XDisplay Display;
typedef unsigned long VisualID, Window;

#include <vulkan/vulkan.h>
#include <vulkan/vulkan_wayland.h>
#include <vulkan/vulkan_xcb.h>
#include <vulkan/vulkan_xlib.h>

#include <cstring>

#include "wsi/surface_entry.h"
#include "wsi/wayland_library.h"
#include "wsi/x11_library.h"

namespace vgpu::wsi {
namespace {

VkExtensionProperties extension(const char* name, std::uint32_t version) {
    VkExtensionProperties properties{};
    std::strncpy(properties.extensionName, name, sizeof properties.extensionName - 1);
    properties.specVersion = version;
    return properties;
}

}  // namespace

std::vector<VkExtensionProperties> instance_extensions() {
    std::vector<VkExtensionProperties> all = {
        extension(VK_KHR_SURFACE_EXTENSION_NAME, VK_KHR_SURFACE_SPEC_VERSION),
        extension(VK_KHR_GET_SURFACE_CAPABILITIES_2_EXTENSION_NAME,
                  VK_KHR_GET_SURFACE_CAPABILITIES_2_SPEC_VERSION),
        extension(VK_KHR_SURFACE_PROTECTED_CAPABILITIES_EXTENSION_NAME,
                  VK_KHR_SURFACE_PROTECTED_CAPABILITIES_SPEC_VERSION),
        extension(VK_EXT_SURFACE_MAINTENANCE_1_EXTENSION_NAME,
                  VK_EXT_SURFACE_MAINTENANCE_1_SPEC_VERSION),
        extension(VK_EXT_HEADLESS_SURFACE_EXTENSION_NAME, VK_EXT_HEADLESS_SURFACE_SPEC_VERSION)};
    if (WaylandLibrary::load()) {
        all.push_back(
            extension(VK_KHR_WAYLAND_SURFACE_EXTENSION_NAME, VK_KHR_WAYLAND_SURFACE_SPEC_VERSION));
    }
    const auto x11 = X11Library::load();
    if (x11) {
        all.push_back(
            extension(VK_KHR_XCB_SURFACE_EXTENSION_NAME, VK_KHR_XCB_SURFACE_SPEC_VERSION));
    }
    if (x11 && x11->has_xlib()) {
        all.push_back(
            extension(VK_KHR_XLIB_SURFACE_EXTENSION_NAME, VK_KHR_XLIB_SURFACE_SPEC_VERSION));
    }
    return all;
}

}  // namespace vgpu::wsi
