// Turns what a swapchain was asked for into what its images are created with.
#include "wsi/image_recipe.h"

namespace vgpu::wsi {
namespace {

VkImageCreateFlags image_flags(VkSwapchainCreateFlagsKHR flags) {
    // The application may bind images of its own to the same memory.
    VkImageCreateFlags image = VK_IMAGE_CREATE_ALIAS_BIT;
    if (flags & VK_SWAPCHAIN_CREATE_MUTABLE_FORMAT_BIT_KHR) {
        image |= VK_IMAGE_CREATE_MUTABLE_FORMAT_BIT | VK_IMAGE_CREATE_EXTENDED_USAGE_BIT;
    }
    if (flags & VK_SWAPCHAIN_CREATE_SPLIT_INSTANCE_BIND_REGIONS_BIT_KHR) {
        image |= VK_IMAGE_CREATE_SPLIT_INSTANCE_BIND_REGIONS_BIT;
    }
    return image;
}

}  // namespace

ImageRecipe::ImageRecipe(const VkSwapchainCreateInfoKHR& info) {
    create_info_.sType = VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO;
    create_info_.flags = image_flags(info.flags);
    create_info_.imageType = VK_IMAGE_TYPE_2D;
    create_info_.format = info.imageFormat;
    create_info_.extent = {info.imageExtent.width, info.imageExtent.height, 1};
    create_info_.mipLevels = 1;
    create_info_.arrayLayers = info.imageArrayLayers;
    create_info_.samples = VK_SAMPLE_COUNT_1_BIT;
    create_info_.tiling = VK_IMAGE_TILING_OPTIMAL;
    create_info_.usage = info.imageUsage | VK_IMAGE_USAGE_TRANSFER_SRC_BIT;
    create_info_.sharingMode = info.imageSharingMode;
    create_info_.initialLayout = VK_IMAGE_LAYOUT_UNDEFINED;
    if (info.imageSharingMode == VK_SHARING_MODE_CONCURRENT) {
        queue_families_.assign(info.pQueueFamilyIndices,
                               info.pQueueFamilyIndices + info.queueFamilyIndexCount);
        create_info_.queueFamilyIndexCount = info.queueFamilyIndexCount;
        create_info_.pQueueFamilyIndices = queue_families_.data();
    }
    const auto* formats = find_in_chain<VkImageFormatListCreateInfo>(
        info.pNext, VK_STRUCTURE_TYPE_IMAGE_FORMAT_LIST_CREATE_INFO);
    if (formats == nullptr || formats->viewFormatCount == 0) return;
    view_formats_.assign(formats->pViewFormats, formats->pViewFormats + formats->viewFormatCount);
    format_list_.sType = VK_STRUCTURE_TYPE_IMAGE_FORMAT_LIST_CREATE_INFO;
    format_list_.viewFormatCount = formats->viewFormatCount;
    format_list_.pViewFormats = view_formats_.data();
    create_info_.pNext = &format_list_;
}

}  // namespace vgpu::wsi
