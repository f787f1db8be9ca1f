// Records the command buffers that copy a swapchain's images to where the window system reads.
#pragma once

#include <map>

#include "wsi/driver.h"
#include "wsi/owned.h"
#include "wsi/swapchain_image.h"

namespace vgpu::wsi {

// Owned by the Swapchain; used by the thread that presents, one at a time.
class ImageCopier {
  public:
    ImageCopier(const Driver& driver, VkExtent2D extent) : driver_(driver), extent_(extent) {}

    // The copy of `image` on queues of `queue_family`: recorded when it is first asked for, and
    // not pending when it is submitted, because its image is not.
    VkResult commands_for(std::uint32_t queue_family, SwapchainImage& image,
                          VkCommandBuffer* commands);
    void leak();

  private:
    VkResult pool_of(std::uint32_t queue_family, VkCommandPool* pool);
    VkResult record(VkCommandBuffer commands, const SwapchainImage& image);

    const Driver& driver_;
    const VkExtent2D extent_;
    std::map<std::uint32_t, OwnedCommandPool> pools_;
};

}  // namespace vgpu::wsi
