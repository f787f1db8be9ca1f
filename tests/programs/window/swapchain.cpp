// Makes swapchains and presents.
#include "window/swapchain.h"

#include <algorithm>
#include <limits>
#include <stdexcept>

namespace vgpu::programs {

namespace {

constexpr std::uint64_t kForever = std::numeric_limits<std::uint64_t>::max();
constexpr std::size_t kFramesInFlight = 2;

VkSurfaceCapabilitiesKHR capabilities(const Gpu& gpu, VkSurfaceKHR surface) {
    VkSurfaceCapabilitiesKHR capabilities;
    check(vkGetPhysicalDeviceSurfaceCapabilitiesKHR(gpu.physical(), surface, &capabilities));
    return capabilities;
}

template <typename T, typename Enumerate>
std::vector<T> enumerated(const Enumerate& enumerate) {
    std::uint32_t count = 0;
    check(enumerate(&count, static_cast<T*>(nullptr)));
    std::vector<T> list(count);
    check(enumerate(&count, list.data()));
    return list;
}

}  // namespace

Swapchain::Swapchain(const Gpu& gpu, const Window& window, VkSurfaceKHR surface,
                     const Painter& painter, VkPresentModeKHR mode)
    : gpu_(gpu), window_(window), surface_(surface), painter_(painter), mode_(mode), pool_(gpu) {
    require_support();
    for (std::size_t i = 0; i < kFramesInFlight; ++i)
        in_flight_.push_back({Semaphore(gpu.device(), {VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO}),
                              Fence(gpu.device(), {VK_STRUCTURE_TYPE_FENCE_CREATE_INFO, nullptr,
                                                   VK_FENCE_CREATE_SIGNALED_BIT}),
                              pool_.allocate()});
    make();
}

Swapchain::~Swapchain() {
    vkDeviceWaitIdle(gpu_.device());
    pictures_.clear();
    vkDestroySwapchainKHR(gpu_.device(), swapchain_, nullptr);
}

void Swapchain::require_support() const {
    VkBool32 supported = VK_FALSE;
    check(
        vkGetPhysicalDeviceSurfaceSupportKHR(gpu_.physical(), gpu_.family(), surface_, &supported));
    if (!supported) throw NotOffered("The device cannot present to this window.");
    const auto formats = enumerated<VkSurfaceFormatKHR>([&](auto* count, auto* list) {
        return vkGetPhysicalDeviceSurfaceFormatsKHR(gpu_.physical(), surface_, count, list);
    });
    if (std::none_of(formats.begin(), formats.end(),
                     [](const auto& format) { return format.format == kFormat; }))
        throw NotOffered("The window does not take B8G8R8A8_UNORM.");
    const auto modes = enumerated<VkPresentModeKHR>([&](auto* count, auto* list) {
        return vkGetPhysicalDeviceSurfacePresentModesKHR(gpu_.physical(), surface_, count, list);
    });
    if (std::find(modes.begin(), modes.end(), mode_) == modes.end())
        throw NotOffered("The window does not offer present mode " + std::to_string(mode_) + ".");
}

void Swapchain::make() {
    const VkSurfaceCapabilitiesKHR limits = capabilities(gpu_, surface_);
    const VkSwapchainKHR old = swapchain_;
    extent_ = fitting(limits);
    VkSwapchainCreateInfoKHR info{VK_STRUCTURE_TYPE_SWAPCHAIN_CREATE_INFO_KHR};
    info.surface = surface_;
    info.minImageCount = limits.minImageCount + 1;
    if (limits.maxImageCount != 0)
        info.minImageCount = std::min(info.minImageCount, limits.maxImageCount);
    info.imageFormat = kFormat;
    info.imageColorSpace = VK_COLOR_SPACE_SRGB_NONLINEAR_KHR;
    info.imageExtent = extent_;
    info.imageArrayLayers = 1;
    info.imageUsage = VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT;
    info.preTransform = limits.currentTransform;
    info.compositeAlpha = (limits.supportedCompositeAlpha & VK_COMPOSITE_ALPHA_OPAQUE_BIT_KHR) != 0
                              ? VK_COMPOSITE_ALPHA_OPAQUE_BIT_KHR
                              : VK_COMPOSITE_ALPHA_INHERIT_BIT_KHR;
    info.presentMode = mode_;
    info.clipped = VK_TRUE;
    info.oldSwapchain = old;
    check(vkDeviceWaitIdle(gpu_.device()));
    pictures_.clear();
    const VkResult result = vkCreateSwapchainKHR(gpu_.device(), &info, nullptr, &swapchain_);
    vkDestroySwapchainKHR(gpu_.device(), old, nullptr);
    if (result != VK_SUCCESS) swapchain_ = VK_NULL_HANDLE;
    check(result);
    make_pictures();
}

void Swapchain::make_pictures() {
    const auto images = enumerated<VkImage>([&](auto* count, auto* list) {
        return vkGetSwapchainImagesKHR(gpu_.device(), swapchain_, count, list);
    });
    for (VkImage image : images) {
        VkImageViewCreateInfo view{VK_STRUCTURE_TYPE_IMAGE_VIEW_CREATE_INFO};
        view.image = image;
        view.viewType = VK_IMAGE_VIEW_TYPE_2D;
        view.format = kFormat;
        view.subresourceRange = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1};
        Picture picture{ImageView(gpu_.device(), view), Framebuffer(),
                        Semaphore(gpu_.device(), {VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO})};
        picture.framebuffer = painter_.make_framebuffer(picture.view, extent_);
        pictures_.push_back(std::move(picture));
    }
}

VkExtent2D Swapchain::fitting(const VkSurfaceCapabilitiesKHR& limits) const {
    constexpr std::uint32_t kAny = 0xffffffff;
    return limits.currentExtent.width == kAny ? window_.extent() : limits.currentExtent;
}

void Swapchain::fit_window() {
    const VkExtent2D window = fitting(capabilities(gpu_, surface_));
    if (window.width != extent_.width || window.height != extent_.height) make();
}

void Swapchain::show(std::uint32_t frame) {
    // Bounded: a driver that never has enough must not hang the program.
    for (int attempt = 0; attempt < 10; ++attempt) {
        if (try_show(frame)) return;
        make();
    }
    throw std::runtime_error("The swapchain is out of date ten times in a row.");
}

bool Swapchain::try_show(std::uint32_t frame) {
    InFlight& slot = in_flight_[frame % kFramesInFlight];
    check(vkWaitForFences(gpu_.device(), 1, slot.done.address(), VK_TRUE, kForever));
    std::uint32_t index = 0;
    const VkResult acquired = vkAcquireNextImageKHR(gpu_.device(), swapchain_, kForever,
                                                    slot.acquired, VK_NULL_HANDLE, &index);
    if (acquired == VK_ERROR_OUT_OF_DATE_KHR) return false;
    if (acquired != VK_SUBOPTIMAL_KHR) check(acquired);
    const Picture& picture = pictures_[index];
    submit(slot, picture, frame);
    VkPresentInfoKHR present{VK_STRUCTURE_TYPE_PRESENT_INFO_KHR};
    present.waitSemaphoreCount = 1;
    present.pWaitSemaphores = picture.drawn.address();
    present.swapchainCount = 1;
    present.pSwapchains = &swapchain_;
    present.pImageIndices = &index;
    const VkResult presented = vkQueuePresentKHR(gpu_.queue(), &present);
    if (presented == VK_ERROR_OUT_OF_DATE_KHR || presented == VK_SUBOPTIMAL_KHR) return false;
    check(presented);
    return true;
}

void Swapchain::submit(InFlight& slot, const Picture& picture, std::uint32_t frame) {
    begin(slot.commands, VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT);
    painter_.record(slot.commands, picture.framebuffer, extent_, frame);
    check(vkEndCommandBuffer(slot.commands));
    const VkPipelineStageFlags wait_stage = VK_PIPELINE_STAGE_COLOR_ATTACHMENT_OUTPUT_BIT;
    VkSubmitInfo submit{VK_STRUCTURE_TYPE_SUBMIT_INFO};
    submit.waitSemaphoreCount = 1;
    submit.pWaitSemaphores = slot.acquired.address();
    submit.pWaitDstStageMask = &wait_stage;
    submit.commandBufferCount = 1;
    submit.pCommandBuffers = &slot.commands;
    submit.signalSemaphoreCount = 1;
    submit.pSignalSemaphores = picture.drawn.address();
    check(vkResetFences(gpu_.device(), 1, slot.done.address()));
    check(vkQueueSubmit(gpu_.queue(), 1, &submit, slot.done));
}

}  // namespace vgpu::programs
