// What a VkSwapchainKHR of this ICD points at.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "wire/ids.h"
#include "wsi/driver.h"
#include "wsi/image_copier.h"
#include "wsi/image_recipe.h"
#include "wsi/image_rotation.h"
#include "wsi/present_thread.h"
#include "wsi/surface.h"
#include "wsi/swapchain_image.h"

namespace vgpu::wsi {

// Owned by the application, from create_swapchain to destroy_swapchain. Its calls come from any
// thread, one at a time as Vulkan demands; the present thread works beside them.
class Swapchain : public wire::GuestObject {
  public:
    // Retires info.oldSwapchain, whatever comes of it.
    static VkResult create(const Driver& driver, const Options& options,
                           const VkSwapchainCreateInfoKHR& info,
                           std::unique_ptr<Swapchain>& swapchain);
    Swapchain(const Swapchain&) = delete;
    Swapchain& operator=(const Swapchain&) = delete;
    // Shows what was presented, then frees all; bounded by PresentWork::patience.
    ~Swapchain();

    const ImageRecipe& recipe() const { return recipe_; }
    std::span<const SwapchainImage> images() const { return images_; }
    PutWay put_way() const { return canvas_->way(); }

    VkResult acquire(std::uint64_t timeout_ns, VkSemaphore semaphore, VkFence fence,
                     std::uint32_t* index);
    // Submits the copy of an image that the application acquired, after the semaphores.
    VkResult present(VkQueue queue, std::uint32_t queue_family, std::uint32_t index,
                     std::span<const VkSemaphore> semaphores);

  private:
    Swapchain(const Driver& driver, const VkSwapchainCreateInfoKHR& info);

    VkResult make_images(std::uint32_t count, bool wants_pixels);
    void start(const Options& options, VkPresentModeKHR mode);
    VkResult take(std::uint64_t timeout_ns, std::uint32_t* index);
    VkResult submit(VkQueue queue, std::uint32_t queue_family, std::uint32_t index,
                    std::span<const VkSemaphore> semaphores);

    const Driver& driver_;
    const std::shared_ptr<ShowOrder> order_;
    const ImageRecipe recipe_;
    std::vector<SwapchainImage> images_;
    ImageCopier copier_;
    std::unique_ptr<Canvas> canvas_;
    std::optional<ImageRotation> rotation_;
    std::optional<PresentThread> thread_;  // last: it uses the others
};

}  // namespace vgpu::wsi
