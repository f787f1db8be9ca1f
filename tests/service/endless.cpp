// vgpu-endless uses a device in one way until that fails, and prints how it ended.
//
// Its first line is "ready", when it has begun; its last names the VkResult that ended it.
#include <chrono>
#include <cstdio>
#include <functional>
#include <map>
#include <thread>
#include <vector>

#include "common/command_line.h"
#include "common/commands.h"
#include "common/kernel.h"
#include "common/program.h"
#include "endless_loop.h"

namespace {

using namespace vgpu::programs;

// Submits empty command buffers and waits for each.
VkResult submit(const Gpu& gpu) {
    const Commands commands(gpu);
    const VkCommandBuffer buffer = commands.allocate();
    begin(buffer);
    vkEndCommandBuffer(buffer);
    const Fence fence(gpu.device(), {VK_STRUCTURE_TYPE_FENCE_CREATE_INFO});
    VkSubmitInfo info{VK_STRUCTURE_TYPE_SUBMIT_INFO};
    info.commandBufferCount = 1;
    info.pCommandBuffers = &buffer;
    for (;;) {
        VkResult result = vkQueueSubmit(gpu.queue(), 1, &info, fence);
        if (result == VK_SUCCESS)
            result = vkWaitForFences(gpu.device(), 1, fence.address(), VK_TRUE, UINT64_MAX);
        if (result == VK_SUCCESS) result = vkResetFences(gpu.device(), 1, fence.address());
        if (result != VK_SUCCESS) return result;
    }
}

// Waits without end for a fence that nothing signals.
VkResult wait(const Gpu& gpu) {
    const Fence fence(gpu.device(), {VK_STRUCTURE_TYPE_FENCE_CREATE_INFO});
    return vkWaitForFences(gpu.device(), 1, fence.address(), VK_TRUE, UINT64_MAX);
}

// Looks at such a fence again and again.
VkResult poll(const Gpu& gpu) {
    const Fence fence(gpu.device(), {VK_STRUCTURE_TYPE_FENCE_CREATE_INFO});
    VkResult result;
    do {
        result = vkGetFenceStatus(gpu.device(), fence);
    } while (result == VK_NOT_READY);
    return result;
}

// Waits for a timeline semaphore that nothing signals.
VkResult wait_timeline(const Gpu& gpu) {
    VkSemaphoreTypeCreateInfo type{VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO};
    type.semaphoreType = VK_SEMAPHORE_TYPE_TIMELINE;
    const Semaphore semaphore(gpu.device(), {VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO, &type});
    const std::uint64_t value = 1;
    const VkSemaphoreWaitInfo info{
        VK_STRUCTURE_TYPE_SEMAPHORE_WAIT_INFO, nullptr, 0, 1, semaphore.address(), &value};
    return vkWaitSemaphores(gpu.device(), &info, UINT64_MAX);
}

// Records more than any ring holds.
VkResult record(const Gpu& gpu) {
    const Commands commands(gpu);
    const VkCommandBuffer buffer = commands.allocate();
    for (;;) {
        begin(buffer);
        for (int i = 0; i < 20000; ++i) memory_barrier(buffer, kHostWrite, kHostRead);
        const VkResult result = vkEndCommandBuffer(buffer);
        if (result != VK_SUCCESS) return result;
    }
}

// Asks what only the host knows.
VkResult ask(const Gpu& gpu) {
    VkImageFormatProperties properties;
    VkResult result;
    do {
        result = vkGetPhysicalDeviceImageFormatProperties(
            gpu.physical(), VK_FORMAT_R8G8B8A8_UNORM, VK_IMAGE_TYPE_2D, VK_IMAGE_TILING_OPTIMAL,
            VK_IMAGE_USAGE_SAMPLED_BIT, 0, &properties);
    } while (result == VK_SUCCESS);
    return result;
}

// Takes 4 MiB more, and more, and says how many it has; then submits.
VkResult grow(const Gpu& gpu) {
    constexpr int kMiB = 4, kMost = 40;
    const VkMemoryAllocateInfo info{VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO, nullptr, kMiB << 20,
                                    gpu.memory_type(~0u, VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT)};
    for (int all = kMiB; all <= kMost; all += kMiB) {
        VkDeviceMemory memory;
        const VkResult result = vkAllocateMemory(gpu.device(), &info, nullptr, &memory);
        if (result != VK_SUCCESS) return result;
        std::printf("%d MiB\n", all);
        std::fflush(stdout);
        std::this_thread::sleep_for(std::chrono::seconds(1));
    }
    return submit(gpu);
}

VkResult allocate(const Gpu& gpu) {
    const VkMemoryAllocateInfo info{VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO, nullptr, 65536,
                                    gpu.memory_type(~0u, VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT)};
    for (;;) {
        VkDeviceMemory memory;
        const VkResult result = vkAllocateMemory(gpu.device(), &info, nullptr, &memory);
        if (result != VK_SUCCESS) return result;
        vkFreeMemory(gpu.device(), memory, nullptr);
    }
}

// Acquires images of a swapchain, also when it has all: nobody presents any.
VkResult acquire(const Gpu& gpu) {
    const auto create_surface = reinterpret_cast<PFN_vkCreateHeadlessSurfaceEXT>(
        vkGetInstanceProcAddr(gpu.instance(), "vkCreateHeadlessSurfaceEXT"));
    const VkHeadlessSurfaceCreateInfoEXT surface_info{
        VK_STRUCTURE_TYPE_HEADLESS_SURFACE_CREATE_INFO_EXT};
    VkSwapchainCreateInfoKHR info{VK_STRUCTURE_TYPE_SWAPCHAIN_CREATE_INFO_KHR};
    check(create_surface(gpu.instance(), &surface_info, nullptr, &info.surface));
    info.minImageCount = 2;
    info.imageFormat = VK_FORMAT_B8G8R8A8_UNORM;
    info.imageExtent = {16, 16};
    info.imageArrayLayers = 1;
    info.imageUsage = VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT;
    info.preTransform = VK_SURFACE_TRANSFORM_IDENTITY_BIT_KHR;
    info.compositeAlpha = VK_COMPOSITE_ALPHA_OPAQUE_BIT_KHR;
    info.presentMode = VK_PRESENT_MODE_FIFO_KHR;
    VkSwapchainKHR swapchain;
    check(vkCreateSwapchainKHR(gpu.device(), &info, nullptr, &swapchain));
    for (;;) {
        const Fence fence(gpu.device(), {VK_STRUCTURE_TYPE_FENCE_CREATE_INFO});
        std::uint32_t index;
        VkResult result = vkAcquireNextImageKHR(gpu.device(), swapchain, UINT64_MAX, VK_NULL_HANDLE,
                                                fence, &index);
        if (result == VK_SUCCESS)
            result = vkWaitForFences(gpu.device(), 1, fence.address(), VK_TRUE, UINT64_MAX);
        if (result != VK_SUCCESS) return result;
    }
}

// Waits for a shader that does not end; lavapipe leaves loops after some thousand turns, but not
// the workgroups that were asked for.
VkResult shader(const Gpu& gpu) {
    const BoundBuffer words = zeroed_storage(gpu, 64);
    const Kernel kernel(gpu, endless_loop, {words});
    const Commands commands(gpu);
    const VkCommandBuffer buffer = commands.allocate();
    begin(buffer);
    kernel.bind(buffer);
    vkCmdDispatch(buffer, 65535, 65535, 65535);
    vkEndCommandBuffer(buffer);
    VkSubmitInfo info{VK_STRUCTURE_TYPE_SUBMIT_INFO};
    info.commandBufferCount = 1;
    info.pCommandBuffers = &buffer;
    const VkResult result = vkQueueSubmit(gpu.queue(), 1, &info, VK_NULL_HANDLE);
    return result == VK_SUCCESS ? vkQueueWaitIdle(gpu.queue()) : result;
}

}  // namespace

int main(int argc, char** argv) {
    const std::map<std::string, std::function<VkResult(const Gpu&)>> ways = {
        {"submit", submit},     {"wait", wait},
        {"poll", poll},         {"wait-timeline", wait_timeline},
        {"record", record},     {"ask", ask},
        {"allocate", allocate}, {"acquire", acquire},
        {"grow", grow},         {"shader", shader}};
    CommandLine line("vgpu-endless", "Uses a device until that fails, and says how it ended.");
    const std::string& way = line.operand(
        "WAY", "submit, wait, poll, wait-timeline, record, ask, allocate, acquire, grow or shader");
    line.parse(argc, argv);
    return guarded([&] {
        const bool windows = way == "acquire";
        const Instance instance(false, windows ? std::vector{VK_KHR_SURFACE_EXTENSION_NAME,
                                                             VK_EXT_HEADLESS_SURFACE_EXTENSION_NAME}
                                               : std::vector<const char*>());
        const Gpu gpu(instance, 0, {VK_KHR_SWAPCHAIN_EXTENSION_NAME});
        std::puts("ready");
        std::fflush(stdout);
        std::printf("%s\n", result_name(ways.at(way)(gpu)).c_str());
        return 0;
    });
}
