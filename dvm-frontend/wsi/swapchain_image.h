// One image of a swapchain and the host-visible copy of it that the window system reads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "wsi/driver.h"
#include "wsi/image_recipe.h"
#include "wsi/owned.h"
#include "wsi/window.h"

namespace vgpu::wsi {

// Owned by the Swapchain. What may be used when follows from the image's place in the rotation:
// the application's thread uses it from acquire to present, the present thread afterwards.
class SwapchainImage {
  public:
    // `wants_pixels`: whether there is to be a staging copy.
    static VkResult create(const Driver& driver, const ImageRecipe& recipe, bool wants_pixels,
                           std::vector<SwapchainImage>& images);

    VkImage image() const { return image_.get(); }
    VkDeviceMemory memory() const { return memory_.get(); }
    VkBuffer staging() const { return staging_.get(); }
    // Signalled when the last copy into the staging buffer is complete.
    VkFence copied() const { return copied_.get(); }
    const FramePixels& pixels() const { return pixels_; }
    // The recorded copy for each queue family that has presented this image.
    std::map<std::uint32_t, VkCommandBuffer>& copies() { return copies_; }
    // Gives everything up without destroying it.
    void leak();

  private:
    VkResult make_image(const Driver& driver, const ImageRecipe& recipe);
    VkResult make_staging(const Driver& driver, std::size_t bytes);
    VkResult make_fence(const Driver& driver);

    // Memory first: it is freed after what is bound to it.
    OwnedMemory memory_;
    OwnedImage image_;
    OwnedMemory staging_memory_;
    OwnedBuffer staging_;
    OwnedFence copied_;
    FramePixels pixels_;
    std::map<std::uint32_t, VkCommandBuffer> copies_;
};

}  // namespace vgpu::wsi
