// How every image of a swapchain is created.
#pragma once

#include <vector>

#include "wsi/driver.h"

namespace vgpu::wsi {

// Finds a structure in a chain of extensions, or null.
template <typename T>
const T* find_in_chain(const void* next, VkStructureType type) {
    const auto* entry = static_cast<const VkBaseInStructure*>(next);
    while (entry != nullptr && entry->sType != type) entry = entry->pNext;
    return reinterpret_cast<const T*>(entry);
}

// Keeps what the application's arrays said; owned by the Swapchain, immutable.
class ImageRecipe {
  public:
    explicit ImageRecipe(const VkSwapchainCreateInfoKHR& info);
    ImageRecipe(const ImageRecipe&) = delete;
    ImageRecipe& operator=(const ImageRecipe&) = delete;

    // Valid for as long as this lives.
    const VkImageCreateInfo& create_info() const { return create_info_; }
    VkExtent2D extent() const { return {create_info_.extent.width, create_info_.extent.height}; }

  private:
    std::vector<std::uint32_t> queue_families_;
    std::vector<VkFormat> view_formats_;
    VkImageFormatListCreateInfo format_list_{};
    VkImageCreateInfo create_info_{};
};

}  // namespace vgpu::wsi
