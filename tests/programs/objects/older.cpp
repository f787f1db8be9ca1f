// An application that asks for Vulkan 1.1 and takes by extensions what the core has since 1.2
// and 1.3.
#include <cstdint>
#include <cstring>
#include <iterator>
#include <string>
#include <vector>

#include "common/error.h"
#include "objects/parts.h"

namespace vgpu::programs {

namespace {

constexpr const char* kExtensions[] = {
    VK_KHR_TIMELINE_SEMAPHORE_EXTENSION_NAME,     VK_EXT_HOST_QUERY_RESET_EXTENSION_NAME,
    VK_KHR_CREATE_RENDERPASS_2_EXTENSION_NAME,    VK_KHR_DEPTH_STENCIL_RESOLVE_EXTENSION_NAME,
    VK_KHR_DYNAMIC_RENDERING_EXTENSION_NAME,      VK_KHR_SYNCHRONIZATION_2_EXTENSION_NAME,
    VK_EXT_EXTENDED_DYNAMIC_STATE_EXTENSION_NAME,
};

// Everything that the part makes; what is still null is not destroyed.
struct Older {
    VkInstance instance = VK_NULL_HANDLE;
    VkPhysicalDevice physical = VK_NULL_HANDLE;
    VkDevice device = VK_NULL_HANDLE;
    VkQueue queue = VK_NULL_HANDLE;
    VkCommandPool pool = VK_NULL_HANDLE;
    VkQueryPool queries = VK_NULL_HANDLE;
    VkSemaphore semaphore = VK_NULL_HANDLE;

    Older() = default;
    Older(const Older&) = delete;
    Older& operator=(const Older&) = delete;
    ~Older() {
        if (device != VK_NULL_HANDLE) {
            vkDestroySemaphore(device, semaphore, nullptr);
            vkDestroyQueryPool(device, queries, nullptr);
            vkDestroyCommandPool(device, pool, nullptr);
            vkDestroyDevice(device, nullptr);
        }
        if (instance != VK_NULL_HANDLE) vkDestroyInstance(instance, nullptr);
    }
    template <typename Function>
    Function load(const char* name) const {
        const auto found = reinterpret_cast<Function>(vkGetDeviceProcAddr(device, name));
        if (!found) throw NotOffered(std::string("The device has no ") + name + ".");
        return found;
    }
};

void make_instance(Older& older, const VkPhysicalDeviceProperties& wanted) {
    VkApplicationInfo application{VK_STRUCTURE_TYPE_APPLICATION_INFO};
    application.apiVersion = VK_API_VERSION_1_1;
    VkInstanceCreateInfo info{VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO};
    info.pApplicationInfo = &application;
    check(vkCreateInstance(&info, nullptr, &older.instance));
    std::uint32_t count = 0;
    check(vkEnumeratePhysicalDevices(older.instance, &count, nullptr));
    std::vector<VkPhysicalDevice> all(count);
    check(vkEnumeratePhysicalDevices(older.instance, &count, all.data()));
    for (VkPhysicalDevice physical : all) {
        VkPhysicalDeviceProperties properties{};
        vkGetPhysicalDeviceProperties(physical, &properties);
        if (std::strcmp(properties.deviceName, wanted.deviceName) == 0) older.physical = physical;
    }
    if (older.physical == VK_NULL_HANDLE)
        throw NotOffered("A Vulkan 1.1 instance lacks the device.");
}

bool offers_all(VkPhysicalDevice physical) {
    std::uint32_t count = 0;
    check(vkEnumerateDeviceExtensionProperties(physical, nullptr, &count, nullptr));
    std::vector<VkExtensionProperties> offered(count);
    check(vkEnumerateDeviceExtensionProperties(physical, nullptr, &count, offered.data()));
    for (const char* name : kExtensions) {
        bool found = false;
        for (const VkExtensionProperties& extension : offered)
            found = found || std::strcmp(extension.extensionName, name) == 0;
        if (!found) return false;
    }
    return true;
}

void make_device(Older& older, std::uint32_t family) {
    VkPhysicalDeviceTimelineSemaphoreFeaturesKHR timeline{
        VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_TIMELINE_SEMAPHORE_FEATURES_KHR, nullptr, VK_TRUE};
    VkPhysicalDeviceHostQueryResetFeaturesEXT reset{
        VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_HOST_QUERY_RESET_FEATURES_EXT, &timeline, VK_TRUE};
    VkPhysicalDeviceDynamicRenderingFeaturesKHR rendering{
        VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DYNAMIC_RENDERING_FEATURES_KHR, &reset, VK_TRUE};
    VkPhysicalDeviceSynchronization2FeaturesKHR synchronization{
        VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SYNCHRONIZATION_2_FEATURES_KHR, &rendering, VK_TRUE};
    VkPhysicalDeviceExtendedDynamicStateFeaturesEXT dynamic{
        VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_EXTENDED_DYNAMIC_STATE_FEATURES_EXT, &synchronization,
        VK_TRUE};
    const float priority = 1.0f;
    VkDeviceQueueCreateInfo queue{VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO};
    queue.queueFamilyIndex = family;
    queue.queueCount = 1;
    queue.pQueuePriorities = &priority;
    VkDeviceCreateInfo info{VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO};
    info.pNext = &dynamic;
    info.queueCreateInfoCount = 1;
    info.pQueueCreateInfos = &queue;
    info.enabledExtensionCount = std::size(kExtensions);
    info.ppEnabledExtensionNames = kExtensions;
    check(vkCreateDevice(older.physical, &info, nullptr, &older.device));
    vkGetDeviceQueue(older.device, family, 0, &older.queue);
}

void make_objects(Older& older, std::uint32_t family) {
    VkCommandPoolCreateInfo pool{VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO};
    pool.queueFamilyIndex = family;
    check(vkCreateCommandPool(older.device, &pool, nullptr, &older.pool));
    VkQueryPoolCreateInfo queries{VK_STRUCTURE_TYPE_QUERY_POOL_CREATE_INFO};
    queries.queryType = VK_QUERY_TYPE_OCCLUSION;
    queries.queryCount = 1;
    check(vkCreateQueryPool(older.device, &queries, nullptr, &older.queries));
    VkSemaphoreTypeCreateInfoKHR type{VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO_KHR};
    type.semaphoreType = VK_SEMAPHORE_TYPE_TIMELINE_KHR;
    type.initialValue = 3;
    VkSemaphoreCreateInfo semaphore{VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO, &type};
    check(vkCreateSemaphore(older.device, &semaphore, nullptr, &older.semaphore));
    older.load<PFN_vkResetQueryPoolEXT>("vkResetQueryPoolEXT")(older.device, older.queries, 0, 1);
}

VkCommandBuffer record(const Older& older) {
    VkCommandBufferAllocateInfo allocate{VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO};
    allocate.commandPool = older.pool;
    allocate.commandBufferCount = 1;
    VkCommandBuffer commands = VK_NULL_HANDLE;
    check(vkAllocateCommandBuffers(older.device, &allocate, &commands));
    VkCommandBufferBeginInfo begin{VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO};
    check(vkBeginCommandBuffer(commands, &begin));
    VkMemoryBarrier2KHR barrier{VK_STRUCTURE_TYPE_MEMORY_BARRIER_2_KHR};
    barrier.srcStageMask = barrier.dstStageMask = VK_PIPELINE_STAGE_2_ALL_COMMANDS_BIT_KHR;
    VkDependencyInfoKHR dependency{VK_STRUCTURE_TYPE_DEPENDENCY_INFO_KHR};
    dependency.memoryBarrierCount = 1;
    dependency.pMemoryBarriers = &barrier;
    older.load<PFN_vkCmdPipelineBarrier2KHR>("vkCmdPipelineBarrier2KHR")(commands, &dependency);
    older.load<PFN_vkCmdSetCullModeEXT>("vkCmdSetCullModeEXT")(commands, VK_CULL_MODE_BACK_BIT);
    VkRenderingInfoKHR rendering{VK_STRUCTURE_TYPE_RENDERING_INFO_KHR};
    rendering.renderArea = {{0, 0}, {16, 16}};
    rendering.layerCount = 1;
    older.load<PFN_vkCmdBeginRenderingKHR>("vkCmdBeginRenderingKHR")(commands, &rendering);
    vkCmdBeginQuery(commands, older.queries, 0, 0);
    vkCmdEndQuery(commands, older.queries, 0);
    older.load<PFN_vkCmdEndRenderingKHR>("vkCmdEndRenderingKHR")(commands);
    check(vkEndCommandBuffer(commands));
    return commands;
}

void submit(const Older& older, VkCommandBuffer commands) {
    VkCommandBufferSubmitInfoKHR buffer{VK_STRUCTURE_TYPE_COMMAND_BUFFER_SUBMIT_INFO_KHR};
    buffer.commandBuffer = commands;
    VkSemaphoreSubmitInfoKHR signal{VK_STRUCTURE_TYPE_SEMAPHORE_SUBMIT_INFO_KHR};
    signal.semaphore = older.semaphore;
    signal.value = 7;
    signal.stageMask = VK_PIPELINE_STAGE_2_ALL_COMMANDS_BIT_KHR;
    VkSubmitInfo2KHR info{VK_STRUCTURE_TYPE_SUBMIT_INFO_2_KHR};
    info.commandBufferInfoCount = 1;
    info.pCommandBufferInfos = &buffer;
    info.signalSemaphoreInfoCount = 1;
    info.pSignalSemaphoreInfos = &signal;
    const auto queue_submit = older.load<PFN_vkQueueSubmit2KHR>("vkQueueSubmit2KHR");
    check(queue_submit(older.queue, 1, &info, VK_NULL_HANDLE));
    VkSemaphoreWaitInfoKHR wait{VK_STRUCTURE_TYPE_SEMAPHORE_WAIT_INFO_KHR};
    wait.semaphoreCount = 1;
    wait.pSemaphores = &older.semaphore;
    wait.pValues = &signal.value;
    const auto wait_for = older.load<PFN_vkWaitSemaphoresKHR>("vkWaitSemaphoresKHR");
    check(wait_for(older.device, &wait, UINT64_MAX));
}

}  // namespace

void older(const Stage& stage) {
    Older older;
    make_instance(older, stage.gpu.properties());
    if (!offers_all(older.physical)) return stage.report.value("older", "not offered");
    make_device(older, stage.gpu.family());
    make_objects(older, stage.gpu.family());
    submit(older, record(older));
    std::uint64_t value = 0;
    const auto counter =
        older.load<PFN_vkGetSemaphoreCounterValueKHR>("vkGetSemaphoreCounterValueKHR");
    check(counter(older.device, older.semaphore, &value));
    stage.report.value("older_timeline", value);
    std::uint64_t passed = 1;
    check(vkGetQueryPoolResults(older.device, older.queries, 0, 1, sizeof passed, &passed,
                                sizeof passed, VK_QUERY_RESULT_64_BIT));
    stage.report.value("older_occlusion", passed);
}

}  // namespace vgpu::programs
