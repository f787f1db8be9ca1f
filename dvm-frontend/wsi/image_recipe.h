// How every image of a swapchain is created.
#pragma once

#include <vector>

#include "wire/chain.h"
#include "wsi/driver.h"

namespace vgpu::wsi {

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
