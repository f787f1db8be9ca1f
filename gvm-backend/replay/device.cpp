// The host's devices: only what the guest was shown is enabled, robustness always is.
#include "replay/device.h"

#include <malloc.h>

#include <algorithm>

#include "extensions.h"
#include "replay/memory.h"
#include "replay/names.h"
#include "replays.h"
#include "transport/xen/tuning.h"
#include "wire/hidden.h"

namespace vgpu::replay {

namespace {

// Each has threads here and in the driver.
constexpr std::uint32_t kMaxDevices = 64;

std::vector<VkExtensionProperties> host_extensions(Replay& replay, VkPhysicalDevice device) {
    std::uint32_t n = 0;
    replay.vk().vkEnumerateDeviceExtensionProperties(device, nullptr, &n, nullptr);
    std::vector<VkExtensionProperties> all(n);
    replay.vk().vkEnumerateDeviceExtensionProperties(device, nullptr, &n, all.data());
    all.resize(n);
    return all;
}

// The administrator's word on this guest; checked by the supervisor already.
transport::xen::FeatureFilter allowed_features(Replay& replay) {
    transport::xen::Tuning tuning;
    transport::xen::set_tuning(tuning, "features", replay.services().options().features);
    return tuning.features.value_or(transport::xen::FeatureFilter());
}

bool may_enable(const char* name, const transport::xen::FeatureFilter& allowed) {
    const wire::CarriedExtension* extension = wire::find_extension(name);
    return extension && !extension->instance && !extension->guest && allowed.shows(name);
}

// Out-of-bounds accesses of a guest's shaders stay within its own resources, asked for or not
// (Vulkan specification, "Features", robustBufferAccess). The structures are private copies.
void demand_robustness(Replay& replay, VkPhysicalDevice physical, VkDeviceCreateInfo& info,
                       VkPhysicalDeviceFeatures& spare) {
    VkPhysicalDeviceFeatures has{};
    replay.vk().vkGetPhysicalDeviceFeatures(physical, &has);
    if (!has.robustBufferAccess) return;
    auto* next = const_cast<VkBaseInStructure*>(static_cast<const VkBaseInStructure*>(info.pNext));
    for (; next; next = const_cast<VkBaseInStructure*>(next->pNext)) {
        if (next->sType != VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2) continue;
        reinterpret_cast<VkPhysicalDeviceFeatures2*>(next)->features.robustBufferAccess = VK_TRUE;
        return;
    }
    if (info.pEnabledFeatures) spare = *info.pEnabledFeatures;
    spare.robustBufferAccess = VK_TRUE;
    info.pEnabledFeatures = &spare;
}

// A semaphore that processes of the guest share is a timeline here, asked for or not: every driver
// with the extension has the feature. The structures are private copies.
void demand_timelines(VkDeviceCreateInfo& info, std::vector<const char*>& names,
                      const std::vector<VkExtensionProperties>& offered,
                      VkPhysicalDeviceTimelineSemaphoreFeatures& spare) {
    if (!add_if_offered(names, offered, VK_KHR_TIMELINE_SEMAPHORE_EXTENSION_NAME)) return;
    auto* next = const_cast<VkBaseInStructure*>(static_cast<const VkBaseInStructure*>(info.pNext));
    for (; next; next = const_cast<VkBaseInStructure*>(next->pNext)) {
        if (next->sType == VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES) {
            reinterpret_cast<VkPhysicalDeviceVulkan12Features*>(next)->timelineSemaphore = VK_TRUE;
            return;
        }
        if (next->sType == VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_TIMELINE_SEMAPHORE_FEATURES) {
            reinterpret_cast<VkPhysicalDeviceTimelineSemaphoreFeatures*>(next)->timelineSemaphore =
                VK_TRUE;
            return;
        }
    }
    spare = {VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_TIMELINE_SEMAPHORE_FEATURES,
             const_cast<void*>(info.pNext), VK_TRUE};
    info.pNext = &spare;
}

// Drivers take families and counts as they come; each queue costs threads.
bool has_queues(Replay& replay, VkPhysicalDevice physical, const VkDeviceCreateInfo& info) {
    std::uint32_t n = 0;
    replay.vk().vkGetPhysicalDeviceQueueFamilyProperties(physical, &n, nullptr);
    std::vector<VkQueueFamilyProperties> families(n);
    replay.vk().vkGetPhysicalDeviceQueueFamilyProperties(physical, &n, families.data());
    for (std::uint32_t i = 0; i < info.queueCreateInfoCount; ++i) {
        const VkDeviceQueueCreateInfo& asked = info.pQueueCreateInfos[i];
        if (asked.queueFamilyIndex >= n) return false;
        std::uint32_t& left = families[asked.queueFamilyIndex].queueCount;
        if (asked.queueCount > left) return false;
        left -= asked.queueCount;
    }
    return true;
}

// Whether the driver keeps timeline semaphores in Mesa's common code, whose thread lets go of what
// a batch waited for after it has signalled the batch's fence (vk_queue.c, vk_sync_timeline.c).
bool emulates_timelines(Replay& replay, VkPhysicalDevice physical) {
    if (!replay.vk().vkGetPhysicalDeviceProperties2) return false;
    VkPhysicalDeviceDriverProperties driver{};
    driver.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DRIVER_PROPERTIES;
    VkPhysicalDeviceProperties2 properties{};
    properties.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2;
    properties.pNext = &driver;
    replay.vk().vkGetPhysicalDeviceProperties2(physical, &properties);
    switch (driver.driverID) {
        case VK_DRIVER_ID_MESA_LLVMPIPE:
        case VK_DRIVER_ID_MESA_V3DV:
        case VK_DRIVER_ID_MESA_PANVK:
        case VK_DRIVER_ID_MESA_DOZEN:
            return true;
        default:
            return false;
    }
}

std::uint32_t count_devices(Replay& replay) {
    std::uint32_t n = 0;
    replay.table().for_each([&](wire::Slot& slot) {
        if (slot.type == static_cast<std::uint16_t>(wire::ObjectType::Device)) ++n;
    });
    return n;
}

VkResult create(Replay& replay, VkPhysicalDevice physical, VkDeviceCreateInfo info,
                VkDevice& device) {
    if (count_devices(replay) >= kMaxDevices) return VK_ERROR_TOO_MANY_OBJECTS;
    if (!has_queues(replay, physical, info)) return VK_ERROR_INITIALIZATION_FAILED;
    if (wire::asks_for_hidden(info.pNext)) return VK_ERROR_FEATURE_NOT_PRESENT;
    const std::vector<VkExtensionProperties> offered = host_extensions(replay, physical);
    const transport::xen::FeatureFilter allowed = allowed_features(replay);
    std::vector<const char*> names;
    for (std::uint32_t i = 0; i < info.enabledExtensionCount; ++i) {
        if (!may_enable(info.ppEnabledExtensionNames[i], allowed))
            return VK_ERROR_EXTENSION_NOT_PRESENT;
        names.push_back(info.ppEnabledExtensionNames[i]);
    }
    if (replay.services().options().import_way == worker::ImportWay::HostPointer)
        add_if_offered(names, offered, VK_EXT_EXTERNAL_MEMORY_HOST_EXTENSION_NAME);
    // Makes VK_IMAGE_LAYOUT_PRESENT_SRC_KHR a layout the driver knows; no swapchain is ever made.
    if (replay.state().has_surface_extension)
        add_if_offered(names, offered, VK_KHR_SWAPCHAIN_EXTENSION_NAME);
    // The guest answers it, and the driver's ray tracing builds on it.
    if (contains(names, VK_KHR_ACCELERATION_STRUCTURE_EXTENSION_NAME))
        add_if_offered(names, offered, VK_KHR_DEFERRED_HOST_OPERATIONS_EXTENSION_NAME);
    VkPhysicalDeviceTimelineSemaphoreFeatures timelines;
    demand_timelines(info, names, offered, timelines);
    VkPhysicalDeviceFeatures features{};
    demand_robustness(replay, physical, info, features);
    info.enabledLayerCount = 0;
    info.enabledExtensionCount = static_cast<std::uint32_t>(names.size());
    info.ppEnabledExtensionNames = names.data();
    return replay.vk().vkCreateDevice(physical, &info, nullptr, &device);
}

}  // namespace

void replay_vkEnumerateDeviceExtensionProperties(
    Replay& replay, wire::Args_vkEnumerateDeviceExtensionProperties& args,
    wire::Reply_vkEnumerateDeviceExtensionProperties& reply) {
    std::vector<VkExtensionProperties> shown = host_extensions(replay, args.physicalDevice);
    const transport::xen::FeatureFilter allowed = allowed_features(replay);
    // A driver newer than this build's registry has some that this end cannot serve.
    std::erase_if(shown, [&](const auto& one) {
        const wire::CarriedExtension* known = wire::find_extension(one.extensionName);
        return !known || known->instance || !allowed.shows(one.extensionName);
    });
    const auto all = static_cast<std::uint32_t>(shown.size());
    reply.result = VK_SUCCESS;
    reply.pPropertyCount = all;
    if (!args.pProperties) return;
    reply.pPropertyCount = std::min(all, args.pPropertyCount);
    if (reply.pPropertyCount < all) reply.result = VK_INCOMPLETE;
    std::copy_n(shown.begin(), reply.pPropertyCount, args.pProperties);
    reply.pProperties = args.pProperties;
    reply.pProperties_count = reply.pPropertyCount;
}

DeviceState& device_of(Replay& replay) {
    return *static_cast<DeviceState*>(replay.table().at_index(replay.scope()).state.get());
}

void replay_vkCreateDevice(Replay& replay, wire::Args_vkCreateDevice& args,
                           wire::Reply_vkCreateDevice& reply) {
    VkDevice device = VK_NULL_HANDLE;
    reply.result = create(replay, args.physicalDevice, *args.pCreateInfo, device);
    if (reply.result != VK_SUCCESS) return;
    wire::Slot* slot = replay.insert(args.pDevice, device);
    if (!slot) return;
    slot->scope = wire::index_of(args.pDevice);
    auto state = std::make_unique<DeviceState>();
    state->device = device;
    state->lets_go_late = emulates_timelines(replay, args.physicalDevice);
    state->physical_device = args.physicalDevice;
    for (std::uint32_t i = 0; i < args.pCreateInfo->queueCreateInfoCount; ++i) {
        const VkDeviceQueueCreateInfo& queue = args.pCreateInfo->pQueueCreateInfos[i];
        state->families.push_back({queue.queueFamilyIndex, queue.queueCount, queue.flags,
                                   std::vector<bool>(queue.queueCount)});
    }
    state->importer = std::make_unique<worker::MemoryImporter>(
        args.physicalDevice, device, replay.services().options().import_way);
    if (state->importer->way() == worker::ImportWay::HostPointer)
        state->external = ExternalMemory(replay.vk(), args.physicalDevice, device);
    state->shaders = std::make_unique<Shaders>(replay, args.physicalDevice);
    slot->state = std::move(state);
    // Looking for drivers takes megabytes for a moment, which would stay with this thread.
    ::malloc_trim(0);
}

void replay_vgpuOpenQueue(Replay& replay, wire::Args_vgpuOpenQueue& args,
                          wire::Reply_vgpuOpenQueue&) {
    DeviceState& device = device_of(replay);
    const auto made = std::find_if(device.families.begin(), device.families.end(),
                                   [&](const DeviceState::QueueFamily& f) {
                                       return f.family == args.queueFamilyIndex &&
                                              args.queueIndex < f.count && f.flags == args.flags;
                                   });
    if (made == device.families.end() || !worker::WorkerServices::valid_slot(args.statusSlot))
        return replay.fail("The guest opens a queue that its device does not have.");
    if (made->open[args.queueIndex]) return replay.fail("The guest opens a queue twice.");
    made->open[args.queueIndex] = true;
    VkQueue queue = VK_NULL_HANDLE;
    if (args.flags != 0) {
        const VkDeviceQueueInfo2 info{VK_STRUCTURE_TYPE_DEVICE_QUEUE_INFO_2, nullptr, args.flags,
                                      args.queueFamilyIndex, args.queueIndex};
        replay.vk().vkGetDeviceQueue2(args.device, &info, &queue);
    } else {
        replay.vk().vkGetDeviceQueue(args.device, args.queueFamilyIndex, args.queueIndex, &queue);
    }
    if (queue == VK_NULL_HANDLE)
        return replay.fail("The guest opens a queue that the driver did not make.");
    wire::Slot* slot = replay.insert(args.pQueue, queue);
    if (!slot) return;
    auto state = std::make_unique<QueueState>();
    state->status_slot = args.statusSlot;
    state->device = &device;
    state->completion = std::make_unique<worker::CompletionQueue>(args.device, replay.services(),
                                                                  device.importer.get());
    device.queues.push_back(state->completion.get());
    slot->state = std::move(state);
}

void replay_vkDestroyDevice(Replay& replay, wire::Args_vkDestroyDevice& args,
                            wire::Reply_vkDestroyDevice&) {
    if (args.device == VK_NULL_HANDLE) return;
    const std::uint32_t scope = wire::index_of(args.device_id);
    DeviceState& device = device_of(replay);
    replay.state().wait_for_compiles();
    for (worker::CompletionQueue* queue : device.queues) queue->drain();
    device.graveyard.bury_all();
    device.queues.clear();
    device.shaders->remove_all();
    // Queues first: their completion threads look at everything else.
    const auto queue_type = static_cast<std::uint16_t>(wire::ObjectType::Queue);
    replay.table().for_each([&](wire::Slot& slot) {
        if (slot.scope == scope && slot.type == queue_type) replay.table().erase(slot);
    });
    // An application may leave objects behind, as it may natively; memory of ours must go.
    replay.table().for_each([&](wire::Slot& slot) {
        if (slot.scope == scope && slot.id.load() != args.device_id) replay.table().erase(slot);
    });
    if (wire::Slot* slot = replay.table().find(args.device_id)) replay.table().erase(*slot);
    replay.vk().vkDestroyDevice(args.device, nullptr);
}

}  // namespace vgpu::replay
