#include "icd/instance.h"

#include <cstring>

#include "entries.h"
#include "fake_gpu.h"
#include "tests/catch.h"

using namespace vgpu::icd;
using namespace vgpu;
using test::FakeGpu;
using test::FakeHost;
using test::FakeInstance;

namespace {

std::unique_ptr<FakeHost> host_with_groups() {
    auto host = std::make_unique<FakeHost>();
    host->offered.instance_extensions = {{VK_KHR_DEVICE_GROUP_CREATION_EXTENSION_NAME, 1}};
    return host;
}

}  // namespace

TEST_CASE("the host is told of the extensions that it must know, and of no layers") {
    auto host = host_with_groups();
    std::vector<std::string> told;
    std::uint32_t layers = 99;
    host->on<wire::Args_vkCreateInstance, wire::Reply_vkCreateInstance>(
        [&](const auto& args, auto&) {
            layers = args.pCreateInfo->enabledLayerCount;
            for (std::uint32_t i = 0; i < args.pCreateInfo->enabledExtensionCount; ++i)
                told.push_back(args.pCreateInfo->ppEnabledExtensionNames[i]);
        });
    const FakeInstance opened(
        {}, {VK_KHR_SURFACE_EXTENSION_NAME, VK_KHR_DEVICE_GROUP_CREATION_EXTENSION_NAME},
        std::move(host));
    REQUIRE(opened.result == VK_SUCCESS);
    CHECK(told == std::vector<std::string>{VK_KHR_DEVICE_GROUP_CREATION_EXTENSION_NAME});
    CHECK(layers == 0);
}

TEST_CASE("an extension that nobody offers is refused before anything crosses") {
    auto host = std::make_unique<FakeHost>();
    bool crossed = false;
    host->on<wire::Args_vkCreateInstance, wire::Reply_vkCreateInstance>(
        [&](const auto&, auto&) { crossed = true; });
    const FakeInstance opened({}, {VK_KHR_DISPLAY_EXTENSION_NAME}, std::move(host));
    CHECK(opened.result == VK_ERROR_EXTENSION_NOT_PRESENT);
    CHECK_FALSE(crossed);
}

TEST_CASE("what the host refuses is the application's result") {
    auto host = std::make_unique<FakeHost>();
    host->on<wire::Args_vkCreateInstance, wire::Reply_vkCreateInstance>(
        [](const auto&, auto& reply) { reply.result = VK_ERROR_OUT_OF_HOST_MEMORY; });
    CHECK(FakeInstance({}, {}, std::move(host)).result == VK_ERROR_OUT_OF_HOST_MEMORY);
}

TEST_CASE("ends that do not understand each other refuse the instance") {
    auto host = std::make_unique<FakeHost>();
    host->offered.command_hashes[static_cast<std::size_t>(wire::Command::vkCreateDevice)] ^= 4;
    CHECK(FakeInstance({}, {}, std::move(host)).result == VK_ERROR_INCOMPATIBLE_DRIVER);
}

TEST_CASE("a worker that is gone from the start refuses the instance in bounded time") {
    auto host = std::make_unique<FakeHost>();
    host->gone = true;
    CHECK(FakeInstance({}, {}, std::move(host)).result == VK_ERROR_INITIALIZATION_FAILED);
}

TEST_CASE("one device is shown, in a group of its own") {
    FakeInstance opened;
    REQUIRE(opened.gpu != VK_NULL_HANDLE);
    std::uint32_t count = 0;
    CHECK(entry_vkEnumeratePhysicalDevices(opened.instance, &count, nullptr) == VK_SUCCESS);
    CHECK(count == 1);
    count = 0;
    VkPhysicalDevice none = VK_NULL_HANDLE;
    CHECK(entry_vkEnumeratePhysicalDevices(opened.instance, &count, &none) == VK_INCOMPLETE);

    VkPhysicalDeviceGroupProperties group{};
    count = 1;
    CHECK(entry_vkEnumeratePhysicalDeviceGroups(opened.instance, &count, &group) == VK_SUCCESS);
    CHECK(group.physicalDeviceCount == 1);
    CHECK(group.physicalDevices[0] == opened.gpu);
    CHECK(opened.host.count(wire::Command::vgpuEnumeratePhysicalDevices) == 1);
}

TEST_CASE("an instance offers core commands, its own extensions' and every device's") {
    FakeInstance opened({}, {VK_KHR_SURFACE_EXTENSION_NAME});
    const auto find = [&](const char* name) {
        return entry_vkGetInstanceProcAddr(opened.instance, name) != nullptr;
    };
    CHECK(find("vkDestroyInstance"));
    CHECK(find("vkCmdDraw"));
    CHECK(find("vkGetDeviceProcAddr"));
    CHECK(find("vkDestroySurfaceKHR"));
    CHECK(find("vkCreateSwapchainKHR"));
    CHECK(find("vkGetPhysicalDevicePresentRectanglesKHR"));
    CHECK_FALSE(find("vkCreateXcbSurfaceKHR"));  // not enabled
    CHECK_FALSE(find("vkCreateInstance"));       // asked for without an instance
    CHECK_FALSE(find("vkCreateDisplayPlaneSurfaceKHR"));
    CHECK_FALSE(find("vkUnheardOf"));
    CHECK_FALSE(find(""));
}

TEST_CASE("without an instance only global commands are found") {
    const auto find = [](const char* name) {
        return entry_vkGetInstanceProcAddr(VK_NULL_HANDLE, name) != nullptr;
    };
    CHECK(find("vkCreateInstance"));
    CHECK(find("vkGetInstanceProcAddr"));
    CHECK(find("vkEnumerateInstanceVersion"));
    CHECK(find("vkEnumerateInstanceExtensionProperties"));
    CHECK(find("vkEnumerateInstanceLayerProperties"));
    CHECK_FALSE(find("vkDestroyInstance"));
    CHECK_FALSE(find("vkCmdDraw"));
}
