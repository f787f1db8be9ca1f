// Turns the device's window system entry points into calls of a Swapchain.
#include "wsi/swapchain_entry.h"

#include "wsi/enumerate.h"
#include "wsi/guarded.h"
#include "wsi/image_recipe.h"

namespace vgpu::wsi {
namespace {

constexpr VkExtensionProperties kDeviceExtensions[] = {
    {VK_KHR_SWAPCHAIN_EXTENSION_NAME, VK_KHR_SWAPCHAIN_SPEC_VERSION},
    {VK_KHR_SWAPCHAIN_MUTABLE_FORMAT_EXTENSION_NAME, VK_KHR_SWAPCHAIN_MUTABLE_FORMAT_SPEC_VERSION},
    {VK_KHR_INCREMENTAL_PRESENT_EXTENSION_NAME, VK_KHR_INCREMENTAL_PRESENT_SPEC_VERSION},
    {VK_KHR_PRESENT_ID_EXTENSION_NAME, VK_KHR_PRESENT_ID_SPEC_VERSION},
    {VK_KHR_PRESENT_WAIT_EXTENSION_NAME, VK_KHR_PRESENT_WAIT_SPEC_VERSION},
    {VK_EXT_SWAPCHAIN_MAINTENANCE_1_EXTENSION_NAME, VK_EXT_SWAPCHAIN_MAINTENANCE_1_SPEC_VERSION}};

// Which of two results of one present says more.
int gravity(VkResult result) {
    switch (result) {
        case VK_SUCCESS:
            return 0;
        case VK_SUBOPTIMAL_KHR:
            return 1;
        case VK_ERROR_OUT_OF_DATE_KHR:
            return 2;
        case VK_ERROR_SURFACE_LOST_KHR:
            return 3;
        case VK_ERROR_DEVICE_LOST:
            return 5;
        default:
            return 4;
    }
}

// What hangs behind a VkPresentInfoKHR; each may be missing.
struct PresentChain {
    explicit PresentChain(const void* next)
        : ids(find_in_chain<VkPresentIdKHR>(next, VK_STRUCTURE_TYPE_PRESENT_ID_KHR)),
          regions(find_in_chain<VkPresentRegionsKHR>(next, VK_STRUCTURE_TYPE_PRESENT_REGIONS_KHR)),
          fences(find_in_chain<VkSwapchainPresentFenceInfoEXT>(
              next, VK_STRUCTURE_TYPE_SWAPCHAIN_PRESENT_FENCE_INFO_EXT)),
          modes(find_in_chain<VkSwapchainPresentModeInfoEXT>(
              next, VK_STRUCTURE_TYPE_SWAPCHAIN_PRESENT_MODE_INFO_EXT)) {}

    const VkPresentIdKHR* const ids;
    const VkPresentRegionsKHR* const regions;
    const VkSwapchainPresentFenceInfoEXT* const fences;
    const VkSwapchainPresentModeInfoEXT* const modes;

    void add_to(Swapchain::Presentation& presentation, std::uint32_t i) const {
        if (ids != nullptr && ids->pPresentIds != nullptr) presentation.id = ids->pPresentIds[i];
        if (fences != nullptr) presentation.fence = fences->pFences[i];
        if (modes != nullptr) presentation.mode = modes->pPresentModes[i];
        if (regions == nullptr || regions->pRegions == nullptr) return;
        const VkPresentRegionKHR& region = regions->pRegions[i];
        if (region.pRectangles == nullptr) return;
        presentation.rectangles = std::span(region.pRectangles, region.rectangleCount);
    }
};

void set_feature(VkBaseOutStructure& asked) {
    switch (asked.sType) {
        case VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PRESENT_ID_FEATURES_KHR:
            reinterpret_cast<VkPhysicalDevicePresentIdFeaturesKHR&>(asked).presentId = VK_TRUE;
            break;
        case VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PRESENT_WAIT_FEATURES_KHR:
            reinterpret_cast<VkPhysicalDevicePresentWaitFeaturesKHR&>(asked).presentWait = VK_TRUE;
            break;
        case VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SWAPCHAIN_MAINTENANCE_1_FEATURES_EXT:
            reinterpret_cast<VkPhysicalDeviceSwapchainMaintenance1FeaturesEXT&>(asked)
                .swapchainMaintenance1 = VK_TRUE;
            break;
        default:
            break;
    }
}

}  // namespace

void set_window_features(void* next) {
    auto* asked = static_cast<VkBaseOutStructure*>(next);
    for (; asked != nullptr; asked = asked->pNext) set_feature(*asked);
}

std::span<const VkExtensionProperties> device_extensions() {
    return kDeviceExtensions;
}

VkResult create_swapchain(const Platform& platform, const Driver& driver,
                          const VkSwapchainCreateInfoKHR& info, Swapchain** swapchain) {
    return guarded([&] {
        std::unique_ptr<Swapchain> made;
        const VkResult result = Swapchain::create(driver, platform.options(), info, made);
        *swapchain = made.release();
        return result;
    });
}

void destroy_swapchain(Swapchain* swapchain) {
    delete swapchain;
}

VkResult get_swapchain_images(const Swapchain& swapchain, std::uint32_t* count, VkImage* images) {
    return enumerate(swapchain.images(), count, images,
                     [](VkImage& to, const SwapchainImage& from) { to = from.image(); });
}

VkResult acquire_next_image(Swapchain& swapchain, std::uint64_t timeout_ns, VkSemaphore semaphore,
                            VkFence fence, std::uint32_t* index) {
    return guarded([&] { return swapchain.acquire(timeout_ns, semaphore, fence, index); });
}

VkResult acquire_next_image2(const VkAcquireNextImageInfoKHR& info, std::uint32_t* index) {
    return acquire_next_image(*from_handle<Swapchain>(info.swapchain), info.timeout, info.semaphore,
                              info.fence, index);
}

VkResult wait_for_present(Swapchain& swapchain, std::uint64_t id, std::uint64_t timeout_ns) {
    return guarded([&] { return swapchain.wait_for_present(id, timeout_ns); });
}

VkResult release_swapchain_images(const VkReleaseSwapchainImagesInfoEXT& info) {
    return guarded([&] {
        const std::span indices(info.pImageIndices, info.imageIndexCount);
        from_handle<Swapchain>(info.swapchain)->release(indices);
        return VK_SUCCESS;
    });
}

VkResult queue_present(VkQueue queue, std::uint32_t queue_family, const VkPresentInfoKHR& info) {
    VkResult gravest = VK_SUCCESS;
    const PresentChain chain(info.pNext);
    // The first submission waits; what is submitted later comes after its waits.
    std::span<const VkSemaphore> semaphores(info.pWaitSemaphores, info.waitSemaphoreCount);
    for (std::uint32_t i = 0; i < info.swapchainCount; ++i) {
        Swapchain& swapchain = *from_handle<Swapchain>(info.pSwapchains[i]);
        Swapchain::Presentation presentation;
        presentation.queue = queue;
        presentation.queue_family = queue_family;
        presentation.semaphores = semaphores;
        presentation.index = info.pImageIndices[i];
        chain.add_to(presentation, i);
        const VkResult result = guarded([&] { return swapchain.present(presentation); });
        semaphores = {};
        if (info.pResults != nullptr) info.pResults[i] = result;
        if (gravity(result) > gravity(gravest)) gravest = result;
    }
    return gravest;
}

VkResult get_device_group_present_capabilities(VkDeviceGroupPresentCapabilitiesKHR* capabilities) {
    for (std::uint32_t& mask : capabilities->presentMask) mask = 0;
    capabilities->presentMask[0] = 1;
    capabilities->modes = VK_DEVICE_GROUP_PRESENT_MODE_LOCAL_BIT_KHR;
    return VK_SUCCESS;
}

VkResult get_device_group_surface_present_modes(VkDeviceGroupPresentModeFlagsKHR* modes) {
    *modes = VK_DEVICE_GROUP_PRESENT_MODE_LOCAL_BIT_KHR;
    return VK_SUCCESS;
}

const VkImageCreateInfo* image_of_swapchain(const VkImageCreateInfo& info) {
    const auto* named = find_in_chain<VkImageSwapchainCreateInfoKHR>(
        info.pNext, VK_STRUCTURE_TYPE_IMAGE_SWAPCHAIN_CREATE_INFO_KHR);
    if (named == nullptr || named->swapchain == VK_NULL_HANDLE) return nullptr;
    return &from_handle<Swapchain>(named->swapchain)->recipe().create_info();
}

std::optional<VkDeviceMemory> memory_of_swapchain(const VkBindImageMemoryInfo& info) {
    const auto* named = find_in_chain<VkBindImageMemorySwapchainInfoKHR>(
        info.pNext, VK_STRUCTURE_TYPE_BIND_IMAGE_MEMORY_SWAPCHAIN_INFO_KHR);
    if (named == nullptr || named->swapchain == VK_NULL_HANDLE) return std::nullopt;
    const auto images = from_handle<Swapchain>(named->swapchain)->images();
    if (named->imageIndex >= images.size()) return VkDeviceMemory{VK_NULL_HANDLE};
    return images[named->imageIndex].memory();
}

}  // namespace vgpu::wsi
