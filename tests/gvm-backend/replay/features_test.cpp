// What the administrator lets a guest see of its GPU's extensions.
#include <string>
#include <vector>

#include "replay/replay.h"
#include "replays.h"
#include "tests/catch.h"
#include "tests/gvm-backend/replay/replay_harness.h"

using namespace vgpu;
using namespace vgpu::replay;

namespace {

constexpr const char* kHidden = "VK_KHR_synchronization2";
constexpr const char* kOther = "VK_KHR_maintenance4";

// How many extensions the guest is told of.
std::uint32_t count_shown(ReplayHarness& guest) {
    std::vector<VkExtensionProperties> room(512);
    wire::Args_vkEnumerateDeviceExtensionProperties args{};
    args.pPropertyCount = static_cast<std::uint32_t>(room.size());
    args.pProperties = room.data();
    auto& replay = dynamic_cast<Replay&>(*guest.sink);
    wire::Reply_vkEnumerateDeviceExtensionProperties reply{};
    args.physicalDevice = reinterpret_cast<VkPhysicalDevice>(
        replay.table().find(ReplayHarness::kPhysical)->host.load());
    replay_vkEnumerateDeviceExtensionProperties(replay, args, reply);
    for (std::uint32_t i = 0; i < reply.pPropertyCount; ++i)
        CHECK(std::string(reply.pProperties[i].extensionName) != kHidden);
    return reply.pPropertyCount;
}

VkResult make_device_with(ReplayHarness& guest, const char* extension) {
    const float priority = 1;
    VkDeviceQueueCreateInfo queue{};
    queue.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO;
    queue.queueCount = 1;
    queue.pQueuePriorities = &priority;
    VkDeviceCreateInfo info{};
    info.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO;
    info.queueCreateInfoCount = 1;
    info.pQueueCreateInfos = &queue;
    info.enabledExtensionCount = 1;
    info.ppEnabledExtensionNames = &extension;
    CHECK(guest.run(wire::Args_vkCreateDevice{.physicalDevice = guest.physical,
                                              .pCreateInfo = &info,
                                              .pDevice = ReplayHarness::kDevice}) ==
          wire::Violation::None);
    return guest.result;
}

}  // namespace

TEST_CASE("a hidden extension is not shown, and cannot be enabled all the same") {
    ReplayHarness guest;
    guest.services.host_options.features = std::string("-") + kHidden;
    guest.make_instance();
    CHECK(count_shown(guest) > 10);
    CHECK(make_device_with(guest, kHidden) == VK_ERROR_EXTENSION_NOT_PRESENT);
    CHECK(make_device_with(guest, kOther) == VK_SUCCESS);
}

TEST_CASE("where extensions are named that may be seen, no other is") {
    ReplayHarness guest;
    guest.services.host_options.features = std::string("+") + kOther;
    guest.make_instance();
    CHECK(count_shown(guest) == 1);
    CHECK(make_device_with(guest, kHidden) == VK_ERROR_EXTENSION_NOT_PRESENT);
    CHECK(make_device_with(guest, kOther) == VK_SUCCESS);
}
