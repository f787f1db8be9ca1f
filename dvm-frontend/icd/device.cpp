// Creates and destroys devices, with their queues opened at once.
#include "icd/device.h"

#include <new>

#include "entries.h"
#include "icd/device_memory.h"
#include "icd/fence.h"
#include "icd/forward.h"
#include "icd/instance.h"
#include "icd/queue.h"
#include "icd/semaphore.h"
#include "wsi/guarded.h"

namespace vgpu::icd {

namespace {

// Nothing of the window system may run before the hooks are there.
bool prepare_windows(Device& device) {
    wsi::Driver& driver = device.window_driver;
    static_cast<wsi::PhysicalDriver&>(driver) = device.physical_device.window_driver;
    driver.device = handle_of_object<VkDevice>(device);
    driver.pages_of = pages_of;
    driver.signal_now = [](VkSemaphore semaphore, VkFence fence) {
        signal_from_guest(semaphore);
        signal_from_guest(fence);
        return VK_SUCCESS;
    };
    Context& context = *device.context;
    driver.device_lost = [&context] { return context.lost(); };
    driver.wait = [&context](const wsi::Driver::Done& done, wsi::Driver::Deadline deadline) {
        std::optional<std::chrono::nanoseconds> left;
        if (deadline) left = *deadline - std::chrono::steady_clock::now();
        return context.wait_until(done, left);
    };
    driver.wake = [&context] { context.wake_waiting(); };
    return wsi::load_device_functions(driver, entry_vkGetDeviceProcAddr);
}

VkResult call_create(Device& device, const VkDeviceCreateInfo& asked) {
    const std::vector<const char*> names = names_for_host(device.enabled);
    VkDeviceCreateInfo info = asked;
    info.enabledLayerCount = 0;
    info.ppEnabledLayerNames = nullptr;
    info.enabledExtensionCount = static_cast<std::uint32_t>(names.size());
    info.ppEnabledExtensionNames = names.data();
    const wire::Args_vkCreateDevice args{
        .physicalDevice = handle_of_object<VkPhysicalDevice>(device.physical_device),
        .pCreateInfo = &info,
        .pDevice = device.id};
    wire::Reply_vkCreateDevice reply{};
    if (!call(*device.context, args, reply)) return VK_ERROR_DEVICE_LOST;
    return reply.result;
}

// The slot is taken before anything crosses, so that a queue without one needs no undoing.
VkResult make_queues(Device& device, const VkDeviceCreateInfo& info) {
    Context& context = *device.context;
    for (std::uint32_t i = 0; i < info.queueCreateInfoCount; ++i) {
        const VkDeviceQueueCreateInfo& wanted = info.pQueueCreateInfos[i];
        for (std::uint32_t index = 0; index < wanted.queueCount; ++index) {
            const std::optional<std::uint32_t> slot = context.take_status_slot();
            if (!slot) return VK_ERROR_TOO_MANY_OBJECTS;
            std::unique_ptr<Queue> queue(new (std::nothrow) Queue(
                context, device, wanted.queueFamilyIndex, index, wanted.flags, *slot));
            if (queue) queue->id = context.new_id();
            if (!queue || queue->id == 0) {
                context.give_status_slot(*slot);
                return VK_ERROR_OUT_OF_HOST_MEMORY;
            }
            device.queues.push_back(std::move(queue));
        }
    }
    return VK_SUCCESS;
}

void post_open(Device& device) {
    for (const std::unique_ptr<Queue>& queue : device.queues)
        post(*device.context, wire::Args_vgpuOpenQueue{.device = handle_of_object<VkDevice>(device),
                                                       .flags = queue->flags,
                                                       .queueFamilyIndex = queue->family,
                                                       .queueIndex = queue->index,
                                                       .statusSlot = queue->status_slot,
                                                       .pQueue = queue->id});
}

// Nothing of these may have crossed yet, or the host has ended it.
void give_back(Device& device) {
    for (const std::unique_ptr<Queue>& queue : device.queues) {
        device.context->give_status_slot(queue->status_slot);
        device.context->recycle_id(queue->id);
    }
    device.queues.clear();
    if (device.id != 0) device.context->recycle_id(device.id);
}

VkResult create(PhysicalDevice& physical_device, const VkDeviceCreateInfo& info,
                VkDevice* created) {
    auto device = std::make_unique<Device>(physical_device);
    VkResult result = enable(physical_device.extensions, info.ppEnabledExtensionNames,
                             info.enabledExtensionCount, device->enabled);
    if (result != VK_SUCCESS) return result;
    if (!prepare_windows(*device)) return VK_ERROR_INITIALIZATION_FAILED;
    device->id = device->context->new_id();
    result = device->id == 0 ? VK_ERROR_OUT_OF_HOST_MEMORY : make_queues(*device, info);
    if (result == VK_SUCCESS) result = call_create(*device, info);
    if (result != VK_SUCCESS) {
        give_back(*device);
        return result;
    }
    post_open(*device);
    *created = handle_of_object<VkDevice>(*device.release());
    return VK_SUCCESS;
}

// Comes back when the host has executed everything before, its completion threads' end included.
void call_anything(const PhysicalDevice& device) {
    VkPhysicalDeviceFeatures unused;
    entry_vkGetPhysicalDeviceFeatures(device.window_driver.physical_device, &unused);
}

}  // namespace

Device::Device(PhysicalDevice& parent) : Dispatchable(*parent.context), physical_device(parent) {}

Device::~Device() = default;

VKAPI_ATTR VkResult VKAPI_CALL entry_vkCreateDevice(VkPhysicalDevice physicalDevice,
                                                    const VkDeviceCreateInfo* pCreateInfo,
                                                    const VkAllocationCallbacks*,
                                                    VkDevice* pDevice) {
    *pDevice = VK_NULL_HANDLE;
    return wsi::guarded(
        [&] { return create(object_of<PhysicalDevice>(physicalDevice), *pCreateInfo, pDevice); });
}

VKAPI_ATTR void VKAPI_CALL entry_vkDestroyDevice(VkDevice device, const VkAllocationCallbacks*) {
    if (!device) return;
    const std::unique_ptr<Device> dying(&object_of<Device>(device));
    Context& context = *dying->context;
    dying->relay.stop();
    context.order_after_all_channels();
    post(context, wire::Args_vkDestroyDevice{.device = device});
    // The status slots must not be taken again while the host may still write them.
    call_anything(dying->physical_device);
    give_back(*dying);
}

VKAPI_ATTR void VKAPI_CALL entry_vkGetDeviceQueue2(VkDevice device,
                                                   const VkDeviceQueueInfo2* pQueueInfo,
                                                   VkQueue* pQueue) {
    *pQueue = VK_NULL_HANDLE;
    for (const std::unique_ptr<Queue>& queue : object_of<Device>(device).queues)
        if (queue->family == pQueueInfo->queueFamilyIndex &&
            queue->index == pQueueInfo->queueIndex && queue->flags == pQueueInfo->flags)
            *pQueue = handle_of_object<VkQueue>(*queue);
}

VKAPI_ATTR void VKAPI_CALL entry_vkGetDeviceQueue(VkDevice device, uint32_t queueFamilyIndex,
                                                  uint32_t queueIndex, VkQueue* pQueue) {
    const VkDeviceQueueInfo2 info{VK_STRUCTURE_TYPE_DEVICE_QUEUE_INFO_2, nullptr, 0,
                                  queueFamilyIndex, queueIndex};
    entry_vkGetDeviceQueue2(device, &info, pQueue);
}

}  // namespace vgpu::icd
