// By which names the driver's functions are loaded, on devices of several versions.
#include "host_vulkan.h"

#include <cstring>
#include "tests/catch.h"

using namespace vgpu::replay;

namespace {

void core() {}
void extension() {}

// A loader has a function for every name, whatever the device behind it serves.
PFN_vkVoidFunction loader(VkInstance, const char* name) {
    const std::size_t length = std::strlen(name);
    const bool suffixed = std::strcmp(name + length - 3, "KHR") == 0;
    return suffixed ? extension : core;
}

PFN_vkVoidFunction begin_rendering(std::uint32_t version) {
    const HostVulkan vk = load_host_vulkan(VK_NULL_HANDLE, version, loader);
    return reinterpret_cast<PFN_vkVoidFunction>(vk.vkCmdBeginRendering);
}

}  // namespace

TEST_CASE("a command that the device's core lacks is called by its extension's name") {
    CHECK(begin_rendering(VK_API_VERSION_1_2) == extension);
    CHECK(begin_rendering(VK_API_VERSION_1_3) == core);
}

TEST_CASE("of two extensions' names the one of Khronos comes first") {
    const HostVulkan vk = load_host_vulkan(VK_NULL_HANDLE, VK_API_VERSION_1_1, loader);
    CHECK(reinterpret_cast<PFN_vkVoidFunction>(vk.vkGetBufferDeviceAddress) == extension);
}

TEST_CASE("a name that the loader lacks gives way to the next") {
    const auto without_core = [](VkInstance instance, const char* name) {
        const PFN_vkVoidFunction found = loader(instance, name);
        return found == core ? nullptr : found;
    };
    const HostVulkan vk = load_host_vulkan(VK_NULL_HANDLE, VK_API_VERSION_1_3, without_core);
    CHECK(reinterpret_cast<PFN_vkVoidFunction>(vk.vkCmdBeginRendering) == extension);
    CHECK(vk.vkCmdDraw == nullptr);
}
