#include "icd/offered_extensions.h"

#include <algorithm>
#include <cstring>

#include "fake_host.h"
#include "tests/catch.h"

using namespace vgpu;
using namespace vgpu::icd;
using test::FakeHost;

namespace {

bool has(const std::vector<VkExtensionProperties>& all, const char* name) {
    return std::any_of(all.begin(), all.end(), [&](const VkExtensionProperties& e) {
        return std::strcmp(e.extensionName, name) == 0;
    });
}

VkExtensionProperties host(const char* name) {
    VkExtensionProperties made{};
    std::strncpy(made.extensionName, name, sizeof(made.extensionName) - 1);
    made.specVersion = 7;
    return made;
}

}  // namespace

TEST_CASE("what the host does not offer is offered only if the guest answers it") {
    FakeHost service;
    const auto offered = offered_instance_extensions(service.offered);
    CHECK(has(offered, VK_EXT_HEADLESS_SURFACE_EXTENSION_NAME));
    CHECK(has(offered, VK_KHR_SURFACE_EXTENSION_NAME));
    CHECK(has(offered, VK_EXT_SURFACE_MAINTENANCE_1_EXTENSION_NAME));
    CHECK(has(offered, "VK_KHR_wayland_surface"));  // its library is here, as it is built with it
    CHECK_FALSE(has(offered, VK_KHR_DEVICE_GROUP_CREATION_EXTENSION_NAME));
}

TEST_CASE("the host's instance extensions are offered where they are carried") {
    FakeHost service;
    service.offered.instance_extensions = {{VK_KHR_DEVICE_GROUP_CREATION_EXTENSION_NAME, 3},
                                           {VK_KHR_DISPLAY_EXTENSION_NAME, 23},
                                           {VK_EXT_DIRECT_MODE_DISPLAY_EXTENSION_NAME, 1},
                                           {VK_EXT_ACQUIRE_DRM_DISPLAY_EXTENSION_NAME, 1},
                                           {VK_KHR_GET_DISPLAY_PROPERTIES_2_EXTENSION_NAME, 1},
                                           {VK_EXT_SWAPCHAIN_COLOR_SPACE_EXTENSION_NAME, 4},
                                           {VK_KHR_SURFACE_EXTENSION_NAME, 25},
                                           {VK_KHR_MAINTENANCE_1_EXTENSION_NAME, 2},
                                           {"VK_XYZ_unheard_of", 1}};
    const auto offered = offered_instance_extensions(service.offered);
    CHECK(has(offered, VK_KHR_DEVICE_GROUP_CREATION_EXTENSION_NAME));
    CHECK_FALSE(has(offered, VK_KHR_DISPLAY_EXTENSION_NAME));
    CHECK_FALSE(has(offered, VK_EXT_DIRECT_MODE_DISPLAY_EXTENSION_NAME));
    CHECK_FALSE(has(offered, VK_EXT_ACQUIRE_DRM_DISPLAY_EXTENSION_NAME));
    CHECK_FALSE(has(offered, VK_KHR_GET_DISPLAY_PROPERTIES_2_EXTENSION_NAME));
    CHECK_FALSE(has(offered, VK_EXT_SWAPCHAIN_COLOR_SPACE_EXTENSION_NAME));
    CHECK_FALSE(has(offered, VK_KHR_MAINTENANCE_1_EXTENSION_NAME));  // a device's
    CHECK_FALSE(has(offered, "VK_XYZ_unheard_of"));
    CHECK(std::count_if(offered.begin(), offered.end(), [](const VkExtensionProperties& e) {
              return std::strcmp(e.extensionName, VK_KHR_SURFACE_EXTENSION_NAME) == 0;
          }) == 1);
}

TEST_CASE("a device offers what the host has and both ends carry, and the guest's own") {
    const VkExtensionProperties there[] = {
        host(VK_KHR_MAINTENANCE_4_EXTENSION_NAME), host(VK_KHR_EXTERNAL_MEMORY_FD_EXTENSION_NAME),
        host(VK_EXT_PRIVATE_DATA_EXTENSION_NAME), host("VK_KHR_get_physical_device_properties2")};
    const auto offered = offered_device_extensions(there, {});
    CHECK(has(offered, VK_KHR_MAINTENANCE_4_EXTENSION_NAME));
    CHECK(has(offered, VK_KHR_SWAPCHAIN_EXTENSION_NAME));
    CHECK(has(offered, VK_KHR_INCREMENTAL_PRESENT_EXTENSION_NAME));
    CHECK(has(offered, VK_KHR_PRESENT_ID_EXTENSION_NAME));
    CHECK(has(offered, VK_KHR_PRESENT_WAIT_EXTENSION_NAME));
    CHECK(has(offered, VK_EXT_SWAPCHAIN_MAINTENANCE_1_EXTENSION_NAME));
    CHECK(has(offered, VK_EXT_PRIVATE_DATA_EXTENSION_NAME));
    CHECK_FALSE(has(offered, VK_KHR_EXTERNAL_MEMORY_FD_EXTENSION_NAME));
    CHECK_FALSE(has(offered, VK_KHR_GET_PHYSICAL_DEVICE_PROPERTIES_2_EXTENSION_NAME));
    CHECK_FALSE(has(offered_device_extensions({}, {}), VK_EXT_PRIVATE_DATA_EXTENSION_NAME));
}

TEST_CASE("a host's name without an end is not read beyond its bytes") {
    VkExtensionProperties endless{};
    std::memset(endless.extensionName, 'V', sizeof(endless.extensionName));
    const auto guest_only = offered_device_extensions({}, {}).size();
    CHECK(offered_device_extensions({&endless, 1}, {}).size() == guest_only);
}

TEST_CASE("ends of the same build match") {
    FakeHost service;
    const WireMatch match = match_wire(service.offered);
    CHECK(match.refusal.empty());
    CHECK(match.broken_extensions.empty());
}

TEST_CASE("a core command of another layout is named with both versions") {
    FakeHost service;
    service.offered.command_hashes[static_cast<std::size_t>(wire::Command::vkCmdDraw)] ^= 1;
    const WireMatch match = match_wire(service.offered);
    CHECK(match.refusal.find("vkCmdDraw ") != std::string::npos);
    CHECK(match.refusal.find("of a test") != std::string::npos);
    CHECK(match.refusal.find(VGPU_VERSION) != std::string::npos);
}

TEST_CASE("a core command that the host does not know is named") {
    FakeHost service;
    service.offered.command_hashes.resize(static_cast<std::size_t>(wire::Command::vkCmdDraw));
    CHECK_FALSE(match_wire(service.offered).refusal.empty());
}

TEST_CASE("an extension's command of another layout takes the extension away, and no more") {
    FakeHost service;
    const auto command = wire::Command::vkCmdBeginConditionalRenderingEXT;
    service.offered.command_hashes[static_cast<std::size_t>(command)] = 0;
    const WireMatch match = match_wire(service.offered);
    CHECK(match.refusal.empty());
    const VkExtensionProperties there[] = {host(VK_EXT_CONDITIONAL_RENDERING_EXTENSION_NAME),
                                           host(VK_EXT_MULTI_DRAW_EXTENSION_NAME)};
    const auto offered = offered_device_extensions(there, match);
    CHECK_FALSE(has(offered, VK_EXT_CONDITIONAL_RENDERING_EXTENSION_NAME));
    CHECK(has(offered, VK_EXT_MULTI_DRAW_EXTENSION_NAME));
}

TEST_CASE("a version above this build's registry is not offered") {
    CHECK(offered_version(VK_MAKE_API_VERSION(0, 9, 0, 0), {}) == VK_HEADER_VERSION_COMPLETE);
    CHECK(offered_version(VK_API_VERSION_1_1, {}) == VK_API_VERSION_1_1);
}

TEST_CASE("a core version of which the host lacks a command is not offered, the one before is") {
    FakeHost service;
    const auto lacks = [&](wire::Command command) {
        service.offered.command_hashes[static_cast<std::size_t>(command)] = 0;
        const WireMatch match = match_wire(service.offered);
        CHECK(match.refusal.empty());
        return offered_version(VK_HEADER_VERSION_COMPLETE, match);
    };
    const std::uint32_t with_1_2 = lacks(wire::Command::vkCmdBeginRendering);
    CHECK(VK_API_VERSION_MINOR(with_1_2) == 2);
    CHECK(VK_API_VERSION_PATCH(with_1_2) != 0);
    CHECK(match_wire(service.offered).breaks(VK_KHR_DYNAMIC_RENDERING_EXTENSION_NAME));
    CHECK(VK_API_VERSION_MINOR(lacks(wire::Command::vkCreateRenderPass2)) == 1);
}

TEST_CASE("a host without a command of the least core version is refused") {
    FakeHost service;
    const auto command = wire::Command::vkTrimCommandPool;
    service.offered.command_hashes[static_cast<std::size_t>(command)] = 0;
    CHECK_FALSE(match_wire(service.offered).refusal.empty());
}

TEST_CASE("ray tracing brings its deferred operations along, where the host has them") {
    const VkExtensionProperties there[] = {host(VK_KHR_DEFERRED_HOST_OPERATIONS_EXTENSION_NAME),
                                           host(VK_KHR_ACCELERATION_STRUCTURE_EXTENSION_NAME)};
    CHECK(
        has(offered_device_extensions(there, {}), VK_KHR_DEFERRED_HOST_OPERATIONS_EXTENSION_NAME));
    CHECK_FALSE(
        has(offered_device_extensions({}, {}), VK_KHR_DEFERRED_HOST_OPERATIONS_EXTENSION_NAME));
}

TEST_CASE("only offered extensions can be enabled, and the host is told of its own") {
    const VkExtensionProperties offered[] = {host(VK_KHR_SWAPCHAIN_EXTENSION_NAME),
                                             host(VK_KHR_MAINTENANCE_4_EXTENSION_NAME)};
    EnabledExtensions enabled;
    const char* wanted[] = {VK_KHR_SWAPCHAIN_EXTENSION_NAME, VK_KHR_MAINTENANCE_4_EXTENSION_NAME,
                            VK_KHR_SWAPCHAIN_EXTENSION_NAME};
    REQUIRE(enable(offered, wanted, 3, enabled) == VK_SUCCESS);
    CHECK(enabled.all().size() == 2);
    CHECK(enabled.has(VK_KHR_SWAPCHAIN_EXTENSION_NAME));
    REQUIRE(names_for_host(enabled).size() == 1);
    CHECK(std::string(names_for_host(enabled)[0]) == VK_KHR_MAINTENANCE_4_EXTENSION_NAME);

    const char* missing[] = {VK_EXT_MULTI_DRAW_EXTENSION_NAME};
    CHECK(enable(offered, missing, 1, enabled) == VK_ERROR_EXTENSION_NOT_PRESENT);
    const char* unheard[] = {"VK_XYZ_unheard_of"};
    CHECK(enable(offered, unheard, 1, enabled) == VK_ERROR_EXTENSION_NOT_PRESENT);
}
